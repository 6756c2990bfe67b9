//! Just enough of the shell's grammar to say which programs a text starts.
//!
//! This is not a shell. It knows words, quotes, pipes and lists, and gives up on everything that
//! can start a program in another way or write a file. Giving up means: not covered by the
//! allowlist, so a person decides.

use std::path::Path;

const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish"];

/// Words that a shell takes itself, or that run or evaluate other words: a file of that name in
/// `PATH` is not what would run.
const NOT_PROGRAMS: &[&str] = &[
    ".",
    ":",
    "[",
    "[[",
    "]]",
    "alias",
    "and",
    "autoload",
    "begin",
    "bg",
    "bind",
    "break",
    "builtin",
    "case",
    "cd",
    "command",
    "compgen",
    "complete",
    "continue",
    "coproc",
    "declare",
    "do",
    "done",
    "elif",
    "else",
    "emulate",
    "enable",
    "end",
    "esac",
    "eval",
    "exec",
    "exit",
    "export",
    "fc",
    "fg",
    "fi",
    "for",
    "foreach",
    "function",
    "getopts",
    "hash",
    "if",
    "in",
    "jobs",
    "let",
    "local",
    "mapfile",
    "not",
    "or",
    "popd",
    "printf",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "repeat",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "switch",
    "test",
    "then",
    "time",
    "trap",
    "typeset",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
    "while",
    "zmodload",
];

/// The text in `sh -c TEXT` and `sh -lc TEXT`, with nothing after it.
pub(super) fn payload(argv: &[String]) -> Option<&str> {
    match argv {
        [program, flag, text] if is_shell(program) && is_command_flag(flag) => Some(text),
        _ => None,
    }
}

/// Whether this is a shell by name.
pub(super) fn is_shell(program: &str) -> bool {
    let name = Path::new(program)
        .file_name()
        .and_then(|name| name.to_str());
    name.is_some_and(|name| SHELLS.contains(&name))
}

fn is_command_flag(flag: &str) -> bool {
    matches!(flag, "-c" | "-lc" | "-cl")
}

/// The argvs of all programs that a text starts; `None` where that cannot be said for certain.
pub(super) fn programs(text: &str) -> Option<Vec<Vec<String>>> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        commands: Vec::new(),
        words: Vec::new(),
    };
    reader.read()?;
    Some(reader.commands)
}

struct Reader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    commands: Vec<Vec<String>>,
    words: Vec<String>,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<()> {
        while let Some(&c) = self.chars.peek() {
            match c {
                ' ' | '\t' => {
                    self.chars.next();
                }
                '|' => {
                    self.chars.next();
                    // `|&` is a redirection; `||` is a list.
                    if self.chars.peek() == Some(&'&') {
                        return None;
                    }
                    self.chars.next_if_eq(&'|');
                    self.end_command()?;
                }
                '&' => {
                    self.chars.next();
                    // A single `&` leaves the command running after its answer.
                    self.chars.next_if_eq(&'&')?;
                    self.end_command()?;
                }
                ';' => {
                    self.chars.next();
                    self.end_command()?;
                }
                _ => {
                    let word = self.word()?;
                    self.words.push(word);
                }
            }
        }
        // A `;` may end the text. Other operators may not, but then the shell runs nothing.
        if self.words.is_empty() && !self.commands.is_empty() {
            Some(())
        } else {
            self.end_command()
        }
    }

    fn end_command(&mut self) -> Option<()> {
        let words = std::mem::take(&mut self.words);
        if !is_program_name(words.first()?) {
            return None;
        }
        self.commands.push(words);
        Some(())
    }

    fn word(&mut self) -> Option<String> {
        let mut word = String::new();
        // Globs, braces and tildes are fine in arguments; in a program's name they are not.
        let first = self.words.is_empty();
        while let Some(&c) = self.chars.peek() {
            match c {
                ' ' | '\t' | '|' | '&' | ';' => break,
                '\'' => {
                    self.chars.next();
                    loop {
                        match self.chars.next()? {
                            '\'' => break,
                            c => word.push(plain(c)?),
                        }
                    }
                }
                '"' => {
                    self.chars.next();
                    loop {
                        match self.chars.next()? {
                            '"' => break,
                            '$' | '`' | '\\' | '!' => return None,
                            c => word.push(plain(c)?),
                        }
                    }
                }
                '\\' => {
                    self.chars.next();
                    word.push(plain(self.chars.next()?)?);
                }
                '$' | '`' | '<' | '>' | '(' | ')' | '#' | '!' => return None,
                '*' | '?' | '[' | ']' | '{' | '}' | '~' | '=' if first => return None,
                c => {
                    self.chars.next();
                    word.push(plain(c)?);
                }
            }
        }
        Some(word)
    }
}

/// Control characters, line ends among them, have no place in a text that a person reads.
fn plain(c: char) -> Option<char> {
    (!c.is_control()).then_some(c)
}

fn is_program_name(word: &str) -> bool {
    !word.is_empty() && !NOT_PROGRAMS.contains(&word) && !word.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::{payload, programs};

    fn argv(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn finds_every_program_of_pipes_and_lists() {
        let read = |text| programs(text).unwrap();
        assert_eq!(read("ls -la"), [argv(&["ls", "-la"])]);
        assert_eq!(
            read(" ls | grep x|wc -l "),
            [argv(&["ls"]), argv(&["grep", "x"]), argv(&["wc", "-l"])]
        );
        assert_eq!(
            read("a && b || c; d"),
            [argv(&["a"]), argv(&["b"]), argv(&["c"]), argv(&["d"])]
        );
        assert_eq!(read("a;"), [argv(&["a"])]);
        assert_eq!(
            read(r#"g 'a | b' "c d" e\ f x"y"'z'"#),
            [argv(&["g", "a | b", "c d", "e f", "xyz"])]
        );
        assert_eq!(
            read("ls *.rs {a,b} ~/x k=v"),
            [argv(&["ls", "*.rs", "{a,b}", "~/x", "k=v"])]
        );
        assert_eq!(read("/usr/bin/env x"), [argv(&["/usr/bin/env", "x"])]);
    }

    #[test]
    fn gives_up_where_something_else_could_run_or_be_written() {
        for text in [
            "",
            "  ",
            ";",
            "| ls",
            "ls | | x",
            "&& ls",
            "ls $(rm x)",
            "ls `rm x`",
            r#"ls "$(rm x)""#,
            r#"ls "`rm x`""#,
            "ls $X",
            "ls ${X:=y}",
            "ls $'a'",
            "ls > file",
            "ls < file",
            "ls 2>&1",
            "ls >> f",
            "ls <(rm x)",
            "ls |& rm",
            "ls & rm x",
            "ls &",
            "(ls)",
            "{ ls; }",
            "! ls",
            "ls # x",
            "ls\nrm x",
            "ls\rrm",
            "ls \\\n rm",
            "X=1 ls",
            "PATH=/tmp ls",
            "*",
            "~/x",
            "l{s,x}",
            "l?",
            "eval ls",
            "exec ls",
            ". file",
            "source file",
            "command ls",
            "builtin echo",
            "if true; then rm; fi",
            "ls && eval x",
            "time ls",
            "for x in a; do rm; done",
            "trap x EXIT",
            "'unclosed",
            "\"unclosed",
            "x\\",
            "'eval' x",
            "cd /tmp && ./ls",
            "printf -v 'a[0]' x",
            "-x",
            "''",
            "e\"va\"l x",
        ] {
            assert_eq!(programs(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_the_plain_form_of_a_shell_has_a_payload() {
        for words in [
            ["sh", "-c", "ls"],
            ["/bin/bash", "-lc", "ls"],
            ["/usr/bin/zsh", "-c", "ls"],
        ] {
            assert_eq!(payload(&argv(&words)), Some("ls"), "{words:?}");
        }
        assert_eq!(payload(&argv(&["python3", "-c", "ls"])), None);
        assert_eq!(payload(&argv(&["sh", "-c", "ls", "x"])), None);
        assert_eq!(payload(&argv(&["sh", "-x", "ls"])), None);
        assert_eq!(payload(&argv(&["sh", "-ic", "ls"])), None);
        assert_eq!(payload(&argv(&["sh", "ls"])), None);
    }
}
