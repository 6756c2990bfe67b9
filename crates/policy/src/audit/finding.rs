//! What the audit says.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use super::Check;

/// How bad it is. Ordered: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Somebody who should not can get in, read secrets or run commands.
    Critical,
    /// One further mistake is enough.
    Warn,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 3] = [Self::Critical, Self::Warn, Self::Info];

    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warn => "warn",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that the audit found.
///
/// Shape: `{checkId, severity, title, detail, remediation?}`. No text holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Which check: stable, for programs.
    pub check_id: Cow<'static, str>,
    /// How bad it is here.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: Cow<'static, str>,
    /// What was found, one or more lines.
    pub detail: String,
    /// What mends it: a command wherever there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
}

impl Finding {
    /// What a check found, as bad as the check always is.
    pub(super) fn of(check: &Check, detail: impl Into<String>) -> Self {
        Self {
            check_id: Cow::Borrowed(check.id),
            severity: check.severities[0],
            title: Cow::Borrowed(check.title),
            detail: detail.into(),
            remediation: None,
        }
    }

    /// The same, this bad.
    pub(super) const fn at(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same, with what mends it.
    pub(super) fn mend(mut self, remediation: impl Into<String>) -> Self {
        self.remediation = Some(remediation.into());
        self
    }
}

/// How many findings of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Critical ones.
    pub critical: usize,
    /// Warnings.
    pub warn: usize,
    /// The others.
    pub info: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let count = |severity| {
            findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        Self {
            critical: count(Severity::Critical),
            warn: count(Severity::Warn),
            info: count(Severity::Info),
        }
    }

    /// The worst severity there is.
    #[must_use]
    pub const fn worst(&self) -> Option<Severity> {
        match (self.critical, self.warn, self.info) {
            (0, 0, 0) => None,
            (0, 0, _) => Some(Severity::Info),
            (0, _, _) => Some(Severity::Warn),
            _ => Some(Severity::Critical),
        }
    }
}
