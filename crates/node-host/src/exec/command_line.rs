//! What is to be run, and the text that a person is shown for it.

use super::shell;

/// An argv with its one text form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandLine {
    argv: Vec<String>,
    text: String,
}

/// Why a request holds no command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadCommandLine {
    /// No program.
    #[error("command required")]
    Empty,
    /// A NUL byte, which no process can be given.
    #[error("command contains a NUL byte")]
    Nul,
    /// The text for the person is not the text of the argv.
    #[error("rawCommand does not match command")]
    OtherText,
}

impl CommandLine {
    /// Takes the argv of a request, and its `rawCommand` if it has one.
    ///
    /// What runs is the argv, always. `rawCommand` is what a person may have approved, so it has
    /// to be the text of the same argv, or for `sh -c TEXT` the text itself.
    pub(crate) fn new(argv: Vec<String>, raw: Option<&str>) -> Result<Self, BadCommandLine> {
        if argv.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(BadCommandLine::Empty);
        }
        if argv.iter().any(|arg| arg.contains('\0')) {
            return Err(BadCommandLine::Nul);
        }
        let text = text_of(&argv);
        let payload = shell::payload(&argv);
        match raw.map(str::trim).filter(|raw| !raw.is_empty()) {
            None => {}
            Some(raw) if raw == text.trim() => {}
            Some(raw) if payload.is_some_and(|payload| raw == payload.trim()) => {}
            Some(_) => return Err(BadCommandLine::OtherText),
        }
        Ok(Self { argv, text })
    }

    /// Program and arguments.
    pub(crate) fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The program as it was written.
    pub(crate) fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    /// The text of the whole argv.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text that a shell is to run, where the program is a shell.
    pub(crate) fn shell_payload(&self) -> Option<&str> {
        shell::payload(&self.argv)
    }
}

/// Arguments with blanks or quotes, and empty ones, stand in double quotes.
///
/// Gateways compare this text with theirs, so it follows the original's form.
pub(crate) fn text_of(argv: &[String]) -> String {
    let quoted = |arg: &String| {
        if arg.is_empty() || arg.contains(|c: char| c.is_whitespace() || c == '"') {
            format!("\"{}\"", arg.replace('"', "\\\""))
        } else {
            arg.clone()
        }
    };
    argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{BadCommandLine, CommandLine, text_of};

    fn argv(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn the_text_quotes_blanks_and_quotes() {
        assert_eq!(
            text_of(&argv(&["echo", "hi there", "", "a\"b", "x"])),
            r#"echo "hi there" "" "a\"b" x"#
        );
        assert_eq!(text_of(&argv(&["runner "])), "\"runner \"");
    }

    #[test]
    fn the_shown_text_must_be_that_of_the_argv() {
        let new = |words: &[&str], raw| CommandLine::new(argv(words), raw).map(drop);
        assert_eq!(new(&["uname", "-a"], Some("uname -a")), Ok(()));
        assert_eq!(new(&["uname", "-a"], Some("  uname -a ")), Ok(()));
        assert_eq!(new(&["uname", "-a"], Some(" ")), Ok(()));
        assert_eq!(new(&["uname", "-a"], None), Ok(()));
        assert_eq!(
            new(&["uname", "-a"], Some("echo hi")),
            Err(BadCommandLine::OtherText)
        );
        assert_eq!(
            new(&["uname", "-a"], Some("uname")),
            Err(BadCommandLine::OtherText)
        );
        assert_eq!(new(&["/bin/sh", "-lc", "echo hi"], Some("echo hi")), Ok(()));
        assert_eq!(
            new(
                &["/bin/sh", "-lc", "echo hi"],
                Some(r#"/bin/sh -lc "echo hi""#)
            ),
            Ok(())
        );
        assert_eq!(
            new(&["/bin/sh", "-lc", "rm x"], Some("echo hi")),
            Err(BadCommandLine::OtherText)
        );
        // Further words are arguments of the payload: its text alone does not show them.
        assert_eq!(
            new(&["/bin/sh", "-c", "$0", "rm"], Some("$0")),
            Err(BadCommandLine::OtherText)
        );
    }

    #[test]
    fn an_argv_needs_a_program_and_no_nul() {
        let new = |words: &[&str]| CommandLine::new(argv(words), None).map(drop);
        assert_eq!(new(&[]), Err(BadCommandLine::Empty));
        assert_eq!(new(&["  "]), Err(BadCommandLine::Empty));
        assert_eq!(new(&["ls", "a\0b"]), Err(BadCommandLine::Nul));
    }
}
