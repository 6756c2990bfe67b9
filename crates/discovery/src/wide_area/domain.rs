//! The domain of a zone, which is also the name of a file.

use std::fmt;
use std::str::FromStr;

/// A DNS domain: labels of `[a-z0-9-]`, at most 63 bytes each and 253 in all, lower case and
/// without the last dot. Nothing else, for it becomes a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ZoneDomain(String);

impl ZoneDomain {
    /// Without the last dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// With the last dot.
    pub fn with_dot(&self) -> String {
        format!("{}.", self.0)
    }

    /// The name of its zone file: `DOMAIN.db`, a single path component.
    pub fn file_name(&self) -> String {
        format!("{}.db", self.0)
    }
}

impl FromStr for ZoneDomain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let error = |problem| {
            Err(DomainError {
                domain: crate::shown::shown(text.as_bytes()),
                problem,
            })
        };
        let trimmed = text.trim();
        let name = trimmed
            .strip_suffix('.')
            .unwrap_or(trimmed)
            .to_ascii_lowercase();
        if name.is_empty() {
            return error(Problem::Empty);
        }
        if name.len() > 253 {
            return error(Problem::Long);
        }
        if name == "local" || name.ends_with(".local") {
            return error(Problem::Local);
        }
        if !name.split('.').all(is_label) {
            return error(Problem::Label);
        }
        Ok(Self(name))
    }
}

impl fmt::Display for ZoneDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A text that is no domain for discovery.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{domain}` cannot be the domain of discovery: {problem}; set `discovery.wideArea.domain` to a DNS domain like `openclaw.internal`"
)]
pub struct DomainError {
    domain: String,
    problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than 253 bytes")]
    Long,
    #[error("`local` belongs to mDNS")]
    Local,
    #[error("each part between dots is 1 to 63 letters, digits and inner hyphens")]
    Label,
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn domains_are_brought_to_one_form() {
        for (text, domain) in [
            ("openclaw.internal", "openclaw.internal"),
            ("OpenClaw.Internal.", "openclaw.internal"),
            (" x-1.example ", "x-1.example"),
            ("single", "single"),
        ] {
            let parsed: ZoneDomain = text.parse().expect(text);
            assert_eq!(parsed.as_str(), domain);
            assert_eq!(parsed.with_dot(), format!("{domain}."));
        }
    }

    #[test]
    fn what_could_leave_the_folder_is_refused() {
        let label = format!("{}.x", "a".repeat(64));
        let long = ["abcdefgh"; 32].join(".");
        for text in [
            "",
            ".",
            "..",
            "../x",
            "..\\x",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "a..b",
            ".a",
            "a b",
            "a\0b",
            "a\nb",
            "C:",
            "-a",
            "a-",
            "_a",
            "bücher.example",
            "*",
            "local",
            "LOCAL.",
            "x.local",
            &label,
            &long,
        ] {
            let error = text.parse::<ZoneDomain>().expect_err(text);
            assert!(error.to_string().contains("discovery.wideArea.domain"));
        }
    }

    proptest! {
        #[test]
        fn a_file_name_is_one_component(text in "[a-z./\\\\ .-]{0,20}|\\PC{0,40}") {
            if let Ok(domain) = text.parse::<ZoneDomain>() {
                let name = domain.file_name();
                let parts: Vec<_> = Path::new(&name).components().collect();
                prop_assert_eq!(parts.len(), 1);
                prop_assert!(matches!(parts[0], Component::Normal(_)));
                prop_assert_eq!(domain.with_dot().parse::<ZoneDomain>(), Ok(domain));
            }
        }
    }
}
