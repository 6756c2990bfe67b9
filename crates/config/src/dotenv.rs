//! The `.env` file in the state directory.
//!
//! Shape: one `NAME=value` a line, `export` allowed in front; blank lines and lines that begin
//! with `#` say nothing. A value in single quotes is taken as it stands; in double quotes `\n`,
//! `\t`, `\"` and `\\` are read; without quotes it ends before ` #`. A `.env` of the working
//! directory is never read: a cloned project must not configure the Gateway.

use std::io;
use std::path::{Path, PathBuf};

use crate::env::Env;

/// A `.env` file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DotenvError {
    /// The file is there and cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line that is no assignment. Its text is not shown: it may hold a secret.
    #[error("`{path}`, line {line}: expected NAME=value")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

impl Env {
    /// The same environment with the variables of a `.env` file where it has none. No file, no
    /// change.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or a line that is no assignment.
    pub fn completed_by_file(self, path: &Path) -> Result<Self, DotenvError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(self),
            Err(source) => {
                return Err(DotenvError::Unreadable {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let mut found = Vec::new();
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let assignment = assignment(line).ok_or_else(|| DotenvError::Line {
                path: path.to_owned(),
                line: number + 1,
            })?;
            found.push(assignment);
        }
        // As a shell would: of two assignments the later counts.
        found.reverse();
        Ok(self.completed_by(found))
    }
}

fn assignment(line: &str) -> Option<(&str, String)> {
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let named = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    named.then_some(())?;
    let value = value.trim();
    let value = if let Some(rest) = value.strip_prefix('\'') {
        rest.split_once('\'')?.0.to_owned()
    } else if let Some(rest) = value.strip_prefix('"') {
        double_quoted(rest)?
    } else {
        value
            .split_once(" #")
            .map_or(value, |(before, _)| before)
            .trim_end()
            .to_owned()
    };
    Some((name, value))
}

/// What stands before the closing quote; `None` where there is none.
fn double_quoted(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some(value),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                escaped @ ('"' | '\\' | '$') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::assignment;
    use crate::env::Env;

    #[test]
    fn lines_are_read_as_usual() {
        for (line, expected) in [
            ("A=1", Some(("A", "1"))),
            ("export A = two words ", Some(("A", "two words"))),
            ("A=x # note", Some(("A", "x"))),
            ("A=x#y", Some(("A", "x#y"))),
            ("A='a # $b'", Some(("A", "a # $b"))),
            (r#"A="a\n\"b\"" # note"#, Some(("A", "a\n\"b\""))),
            ("A=", Some(("A", ""))),
            ("A", None),
            ("1A=x", None),
            ("A B=x", None),
            ("A='open", None),
            ("A=\"open", None),
        ] {
            let found = assignment(line);
            assert_eq!(
                found.as_ref().map(|(n, v)| (*n, v.as_str())),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn the_process_comes_first_and_no_file_is_no_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".env");
        let env = Env::empty().with("KEEP", "process");
        assert_eq!(env.clone().completed_by_file(&path).unwrap(), env);
        std::fs::write(&path, "# keys\nKEEP=file\nNEW=first\nNEW=second\n").unwrap();
        let env = env.completed_by_file(&path).unwrap();
        assert_eq!(env.text("KEEP"), Some("process"));
        assert_eq!(env.text("NEW"), Some("second"));
    }

    #[test]
    fn a_bad_line_is_named_and_not_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".env");
        std::fs::write(&path, "A=1\nsecret-without-name\n").unwrap();
        let error = Env::empty()
            .completed_by_file(&path)
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(!error.contains("secret-without-name"), "{error}");
    }
}
