//! Where results go: stdout, as text or as JSON. Notes go to stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstyle::Style;
use serde::Serialize;

use super::style::{self, paint};
use super::table::Table;
use super::text::harmless;
use crate::error::CliError;

/// How and where to print.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    json: bool,
    color: bool,
    color_notes: bool,
    home: Option<PathBuf>,
}

impl Output {
    /// `json`: results are JSON. `plain`: no colour even on a terminal. `home`: what `~` stands
    /// for in paths that people read.
    pub(crate) fn new(json: bool, plain: bool, home: Option<PathBuf>) -> Self {
        Self {
            json,
            color: !plain && io::stdout().is_terminal(),
            color_notes: !plain && io::stderr().is_terminal(),
            home,
        }
    }

    /// Whether results are JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Prints one line of text.
    pub(crate) fn line(&self, text: impl Display) -> Result<(), CliError> {
        write_out(|out| writeln!(out, "{}", harmless(&text.to_string())))
    }

    /// Prints text as it is, without a line end.
    pub(crate) fn text(&self, text: &str) -> Result<(), CliError> {
        write_out(|out| out.write_all(text.as_bytes()))
    }

    /// Prints a text of the argument parser, with its styles where there is colour.
    pub(crate) fn styled(&self, text: &clap::builder::StyledStr) -> Result<(), CliError> {
        if self.color {
            self.text(&text.ansi().to_string())
        } else {
            self.text(&text.to_string())
        }
    }

    /// Prints a title.
    pub(crate) fn title(&self, text: &str) -> Result<(), CliError> {
        self.line(paint(self.color, style::TITLE, text))
    }

    /// Prints an empty line.
    pub(crate) fn blank(&self) -> Result<(), CliError> {
        self.line("")
    }

    /// Prints JSON for people and programs: two spaces, one member a line.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| CliError::failure(format!("result not printable as JSON: {error}")))?;
        write_out(|out| writeln!(out, "{text}"))
    }

    /// Prints JSON on one line, for streams.
    pub(crate) fn json_line(&self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value)
            .map_err(|error| CliError::failure(format!("result not printable as JSON: {error}")))?;
        write_out(|out| writeln!(out, "{text}"))
    }

    /// Prints a table.
    pub(crate) fn table(&self, table: &Table) -> Result<(), CliError> {
        self.line(table.render(self.color))
    }

    /// Prints a line on stderr. That nobody reads it is no failure.
    pub(crate) fn note(&self, text: impl Display) {
        let _ = writeln!(io::stderr().lock(), "{}", harmless(&text.to_string()));
    }

    /// The text in this style where results have colour.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        paint(self.color, style, text)
    }

    /// The text in this style where notes have colour.
    pub(crate) fn paint_note(&self, style: Style, text: &str) -> String {
        paint(self.color_notes, style, text)
    }

    /// The path as people read it: with `~` for the home directory.
    pub(crate) fn path(&self, path: &Path) -> String {
        shorten(path, self.home.as_deref())
    }
}

fn write_out(
    write: impl FnOnce(&mut io::StdoutLock<'_>) -> io::Result<()>,
) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    write(&mut out)
        .and_then(|()| out.flush())
        .map_err(|error| CliError::output(&error))
}

fn shorten(path: &Path, home: Option<&Path>) -> String {
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::shorten;

    #[test]
    fn only_paths_in_the_home_directory_are_shortened() {
        let home = Some(Path::new("/home/u"));
        for (path, home, expected) in [
            (
                "/home/u/.openclaw/openclaw.json",
                home,
                "~/.openclaw/openclaw.json",
            ),
            ("/home/u", home, "~"),
            ("/home/user2/x", home, "/home/user2/x"),
            ("/etc/x", home, "/etc/x"),
            ("/home/u/x", None, "/home/u/x"),
        ] {
            assert_eq!(shorten(Path::new(path), home), expected);
        }
    }
}
