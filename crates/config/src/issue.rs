//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IssueKind {
    /// The text is no JSON5.
    Syntax,
    /// An `$include` that cannot be followed.
    Include,
    /// A `${NAME}` without a value, where one is needed.
    MissingEnv,
    /// A key that means nothing.
    UnknownKey,
    /// A value that cannot stand where it stands.
    Invalid,
    /// A key that is no longer read, or will not be. A warning, never an error.
    Retired,
    /// A key of the original that this version does not carry out. A warning.
    NoEffect,
    /// A key of the original that was to keep something from happening, and that this version does
    /// not carry out. A warning.
    NotEnforced,
}

/// One thing that is wrong with a configuration.
///
/// `message` is what the original says where it says anything, so that clients that match on
/// it keep working. It never contains the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// What kind of thing.
    pub kind: IssueKind,
    /// The file in which it stands.
    pub file: PathBuf,
    /// The line in that file, from 1, where it could be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The key, as `gateway.auth.mode`; `<root>` for the whole file.
    pub path: String,
    /// What was expected and what was found.
    pub message: String,
    /// What was probably meant: a key or a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// What mends it, where that is not plain from the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl fmt::Display for Issue {
    /// One line. It names keys of the file, which may hold anything: what would move a cursor or
    /// change a colour is replaced.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Write::write_fmt(&mut Plain(f), format_args!("{}", Line(self)))
    }
}

/// Writes without control and direction characters.
struct Plain<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Plain<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| {
            let is_odd = character.is_control()
                || matches!(
                    character,
                    '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                );
            self.0.write_char(if is_odd {
                char::REPLACEMENT_CHARACTER
            } else {
                character
            })
        })
    }
}

struct Line<'a>(&'a Issue);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(issue) = self;
        let file = issue.file.file_name().map_or_else(
            || issue.file.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        match issue.line {
            Some(line) => write!(f, "{file}:{line} — ")?,
            None => write!(f, "{file} — ")?,
        }
        write!(f, "{}: {}", issue.path, issue.message)?;
        if let Some(nearest) = &issue.nearest {
            write!(f, " (did you mean \"{nearest}\"?)")?;
        }
        if let Some(remedy) = &issue.remedy {
            write!(f, "; {remedy}")?;
        }
        Ok(())
    }
}

/// A configuration with something wrong in it. `Display` prints everything at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigInvalid {
    /// The configuration file.
    pub path: PathBuf,
    /// Everything that is wrong, in the order of the file's sections. Never empty.
    pub issues: Vec<Issue>,
}

impl ConfigInvalid {
    pub(crate) fn new(path: &Path, issues: Vec<Issue>) -> Self {
        Self {
            path: path.to_owned(),
            issues,
        }
    }
}

impl fmt::Display for ConfigInvalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invalid config at {}:", self.path.display())?;
        for issue in &self.issues {
            write!(f, "\n- {issue}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigInvalid {}

/// Exit code for refusals because of the configuration: `EX_CONFIG` of sysexits, at which
/// service managers do not restart.
pub const EXIT_CONFIG: u8 = 78;

#[cfg(test)]
mod tests {
    use super::{Issue, IssueKind};

    #[test]
    fn a_key_cannot_write_on_a_terminal() {
        let issue = Issue {
            kind: IssueKind::UnknownKey,
            file: "openclaw.json".into(),
            line: Some(1),
            path: "gateway.\u{1b}[2J".to_owned(),
            message: "Unrecognized key: \"a\\nb\r\n\u{202e}\"".to_owned(),
            nearest: None,
            remedy: None,
        };
        let shown = issue.to_string();
        assert!(!shown.contains(char::is_control), "{shown:?}");
        assert!(!shown.contains('\u{202e}') && shown.contains("gateway.\u{fffd}[2J"));
    }
}
