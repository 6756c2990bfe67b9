//! On which line of a JSON5 text each key stands.
//!
//! The scanner is tolerant: it knows tokens, not grammar, and stops quietly at anything it
//! does not understand. The parser proper decides what is valid.

use std::collections::HashMap;

use crate::config_path::{ConfigPath, Segment};

/// How deep objects and arrays may nest. The original sets no limit; nothing real comes near.
pub(crate) const MAX_DEPTH: usize = 100;

/// How long the paths of all values may be together, in bytes. Every value is known by its path,
/// so that a few long keys around many values would cost far more than the file itself.
pub(crate) const MAX_PATH_BYTES: usize = 64 * 1024 * 1024;

/// The lines of a text's keys, and three things that the parser does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Positions {
    lines: HashMap<ConfigPath, u32>,
    /// Keys that stand twice in one object, with the line of the later one.
    pub(crate) repeated: Vec<(ConfigPath, u32)>,
    /// How deep objects and arrays nest.
    pub(crate) depth: usize,
    /// How long the paths of all values are together.
    pub(crate) path_bytes: usize,
}

impl Positions {
    /// Scans a JSON5 text.
    pub(crate) fn scan(text: &str) -> Self {
        let mut scanner = Scanner {
            text: text.chars().collect(),
            at: 0,
            line: 1,
            open: Vec::new(),
            found: Self::default(),
        };
        scanner.run();
        scanner.found
    }

    /// The line of this path, from 1.
    pub(crate) fn line(&self, path: &ConfigPath) -> Option<u32> {
        self.lines.get(path).copied()
    }
}

enum Open {
    Object {
        key: Option<String>,
        wants_key: bool,
    },
    Array {
        index: usize,
    },
}

struct Scanner {
    text: Vec<char>,
    at: usize,
    line: u32,
    open: Vec<Open>,
    found: Positions,
}

impl Scanner {
    fn run(&mut self) {
        while let Some(character) = self.peek() {
            if self.found.depth > MAX_DEPTH || self.found.path_bytes > MAX_PATH_BYTES {
                // Refused anyway.
                return;
            }
            match character {
                '{' => self.enter(Open::Object {
                    key: None,
                    wants_key: true,
                }),
                '[' => self.enter(Open::Array { index: 0 }),
                '}' | ']' => {
                    self.open.pop();
                    self.at += 1;
                }
                ',' => self.comma(),
                ':' => self.at += 1,
                '"' | '\'' => {
                    let line = self.line;
                    let Some(text) = self.string(character) else {
                        return;
                    };
                    self.scalar(&text, line);
                }
                '/' => {
                    if !self.comment() {
                        return;
                    }
                }
                blank if blank.is_whitespace() || blank == '\u{feff}' => self.advance(),
                _ => {
                    let word = self.word();
                    self.scalar(&word, self.line);
                }
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    /// One character on, counting lines as JSON5 does: CR LF is one end of line.
    fn advance(&mut self) {
        let ends = match self.peek() {
            Some('\n' | '\u{2028}' | '\u{2029}') => true,
            Some('\r') => self.text.get(self.at + 1) != Some(&'\n'),
            _ => false,
        };
        self.line += u32::from(ends);
        self.at += 1;
    }

    fn enter(&mut self, open: Open) {
        self.value_at(self.line);
        self.open.push(open);
        self.found.depth = self.found.depth.max(self.open.len());
        self.at += 1;
    }

    fn comma(&mut self) {
        match self.open.last_mut() {
            Some(Open::Array { index }) => *index += 1,
            Some(Open::Object { wants_key, .. }) => *wants_key = true,
            None => {}
        }
        self.at += 1;
    }

    /// A string or word: a key, where one is due, else a value.
    fn scalar(&mut self, text: &str, line: u32) {
        if let Some(Open::Object {
            key,
            wants_key: wants_key @ true,
        }) = self.open.last_mut()
        {
            *key = Some(text.to_owned());
            *wants_key = false;
            let path = self.here();
            if self.found.lines.insert(path.clone(), line).is_some() {
                self.found.repeated.push((path, line));
            }
        } else {
            self.value_at(line);
        }
    }

    /// Notes the line of a value that has no key of its own: one in an array, or the root.
    fn value_at(&mut self, line: u32) {
        if !matches!(self.open.last(), Some(Open::Object { .. })) {
            let path = self.here();
            self.found.lines.insert(path, line);
        }
    }

    fn here(&mut self) -> ConfigPath {
        let lengths = self.open.iter().map(|open| match open {
            Open::Object { key, .. } => key.as_ref().map_or(0, String::len),
            Open::Array { .. } => size_of::<usize>(),
        });
        self.found.path_bytes += lengths.sum::<usize>();
        let segments = self.open.iter().map(|open| match open {
            Open::Object { key, .. } => Segment::Key(key.clone().unwrap_or_default()),
            Open::Array { index } => Segment::Index(*index),
        });
        ConfigPath::from(segments.collect::<Vec<_>>())
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| !c.is_whitespace() && !"{}[]:,\"'/".contains(c))
        {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    /// Skips a comment; `false` at a slash that begins none.
    fn comment(&mut self) -> bool {
        match self.text.get(self.at + 1) {
            Some('/') => {
                while self
                    .peek()
                    .is_some_and(|c| !matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}'))
                {
                    self.at += 1;
                }
                true
            }
            Some('*') => {
                self.at += 2;
                while self.peek().is_some() {
                    if self.peek() == Some('*') && self.text.get(self.at + 1) == Some(&'/') {
                        self.at += 2;
                        return true;
                    }
                    self.advance();
                }
                false
            }
            _ => false,
        }
    }

    /// Reads a quoted string; `None` where it does not end.
    fn string(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let character = self.peek()?;
            self.advance();
            match character {
                end if end == quote => return Some(text),
                '\\' => self.escape(&mut text)?,
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        let character = self.peek()?;
        self.advance();
        let plain = match character {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '0' => '\0',
            'x' => char::from_u32(self.hex(2)?)?,
            'u' => return self.unicode(text),
            // A line may be continued: the end of line is no part of the text.
            '\n' | '\u{2028}' | '\u{2029}' => return Some(()),
            '\r' => {
                if self.peek() == Some('\n') {
                    self.advance();
                }
                return Some(());
            }
            other => other,
        };
        text.push(plain);
        Some(())
    }

    fn unicode(&mut self, text: &mut String) -> Option<()> {
        let first = self.hex(4)?;
        let code = if (0xd800..0xdc00).contains(&first) {
            (self.peek()? == '\\').then(|| self.at += 1)?;
            (self.peek()? == 'u').then(|| self.at += 1)?;
            let second = self.hex(4)?.checked_sub(0xdc00)?;
            0x1_0000 + ((first - 0xd800) << 10) + second
        } else {
            first
        };
        text.push(char::from_u32(code)?);
        Some(())
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let end = self.at.checked_add(digits)?;
        let text: String = self.text.get(self.at..end)?.iter().collect();
        self.at = end;
        u32::from_str_radix(&text, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Positions;

    fn line(text: &str, path: &str) -> Option<u32> {
        Positions::scan(text).line(&path.parse().unwrap())
    }

    #[test]
    fn keys_are_found_through_everything_json5_allows() {
        let text = "// first\n{\n  /* two\n  lines */ gateway: {\n    'port': 1, \"a.b\":\n      [ 1,\n  {x: 'y:{'} ],\r\n    tail: +Infinity,\r    \"\\u006bey\": null,\n    long: 'one\\\n two',\n  },\n  last: true\n}";
        for (path, expected) in [
            ("gateway", Some(4)),
            ("gateway.port", Some(5)),
            (r"gateway.a\.b", Some(5)),
            (r"gateway.a\.b[0]", Some(6)),
            (r"gateway.a\.b[1]", Some(7)),
            (r"gateway.a\.b[1].x", Some(7)),
            ("gateway.tail", Some(8)),
            ("gateway.key", Some(9)),
            ("gateway.long", Some(10)),
            ("last", Some(13)),
            ("gateway.none", None),
            ("y", None),
        ] {
            assert_eq!(line(text, path), expected, "{path}");
        }
    }

    #[test]
    fn a_repeated_key_is_reported_with_its_later_line() {
        let found = Positions::scan("{a: {b: 1,\n b: 2}, c: {b: 3}}");
        assert_eq!(found.repeated, [("a.b".parse().unwrap(), 2)]);
    }

    #[test]
    fn depth_counts_open_brackets() {
        assert_eq!(Positions::scan("{a: [[1]], b: {}}").depth, 3);
        assert_eq!(
            Positions::scan(&"[".repeat(5000)).depth,
            super::MAX_DEPTH + 1
        );
        assert_eq!(Positions::scan("'[[['").depth, 0);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r#"[{}\[\]:,"'/*\\a-c0-9 \n\r$]{0,60}"#) {
            let _ = Positions::scan(&text);
        }
    }
}
