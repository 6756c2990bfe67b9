//! Paths into the configuration: `gateway.auth.token`, `agents.list[0].id`.

use std::fmt;
use std::str::FromStr;

/// One step of a [`ConfigPath`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A key of an object.
    Key(String),
    /// A place in an array, from 0.
    Index(usize),
}

/// A place in the configuration; empty means the whole of it.
///
/// Shape: keys joined by dots, array places in brackets. A backslash makes the next character
/// part of the key; brackets may also hold a key, quoted or not (`groups["-100.5"]`).
///
/// ```
/// use openclaw_config::ConfigPath;
/// let path: ConfigPath = r"agents.list[0].models.gpt-4\.1".parse()?;
/// assert_eq!(path.to_string(), r"agents.list[0].models.gpt-4\.1");
/// # Ok::<(), openclaw_config::PathSyntaxError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ConfigPath(Vec<Segment>);

/// Text that is no [`ConfigPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathSyntaxError {
    /// Nothing but blanks.
    #[error("Path is empty.")]
    Empty,
    /// An opening bracket without its partner.
    #[error("Invalid path (missing \"]\"): {0}")]
    MissingBracket(String),
    /// Two brackets with nothing between them.
    #[error("Invalid path (empty \"[]\"): {0}")]
    EmptyBrackets(String),
    /// Two dots in a row, or a dot at either end.
    #[error("Invalid path (empty segment): {0}")]
    EmptySegment(String),
}

impl ConfigPath {
    /// The whole configuration.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The path of these keys.
    #[must_use]
    pub fn of_keys(keys: &[&str]) -> Self {
        Self(
            keys.iter()
                .map(|key| Segment::Key((*key).to_owned()))
                .collect(),
        )
    }

    /// Whether this is the whole configuration.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Its steps.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// One step further in.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// The path one step out; `None` at the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// Whether this path lies at or below `other`.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    pub(crate) fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    pub(crate) fn pop(&mut self) {
        self.0.pop();
    }
}

impl From<Vec<Segment>> for ConfigPath {
    fn from(segments: Vec<Segment>) -> Self {
        Self(segments)
    }
}

impl fmt::Display for ConfigPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("<root>");
        }
        for (place, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                // Between dots, blanks alone would not read back.
                Segment::Key(key) if key.trim().is_empty() => write!(f, "[\"{key}\"]")?,
                Segment::Key(key) => {
                    if place > 0 {
                        f.write_str(".")?;
                    }
                    for character in key.chars() {
                        if matches!(character, '.' | '[' | ']' | '\\') {
                            f.write_str("\\")?;
                        }
                        write!(f, "{character}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl FromStr for ConfigPath {
    type Err = PathSyntaxError;

    fn from_str(text: &str) -> Result<Self, PathSyntaxError> {
        if text.trim().is_empty() {
            return Err(PathSyntaxError::Empty);
        }
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            if let Some(bracket) = rest.strip_prefix('[') {
                let (inside, after) = bracket
                    .split_once(']')
                    .ok_or_else(|| PathSyntaxError::MissingBracket(text.to_owned()))?;
                segments.push(bracket_segment(inside.trim(), text)?);
                rest = after;
            } else {
                let (key, after) = dotted_key(rest);
                if key.is_empty() {
                    return Err(PathSyntaxError::EmptySegment(text.to_owned()));
                }
                segments.push(Segment::Key(key));
                rest = after;
            }
            if rest.is_empty() {
                return Ok(Self(segments));
            }
            if let Some(after) = rest.strip_prefix('.') {
                // `a.[0]` is taken as `a[0]`; a dot at the end leaves an empty segment.
                rest = after;
                if rest.is_empty() {
                    return Err(PathSyntaxError::EmptySegment(text.to_owned()));
                }
            }
        }
    }
}

/// Reads a key up to the next dot or bracket; returns it without its backslashes, and the rest.
fn dotted_key(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '.' | '[' => return (key, &text[at..]),
            '\\' => key.push(characters.next().map_or('\\', |(_, escaped)| escaped)),
            other => key.push(other),
        }
    }
    (key, "")
}

fn bracket_segment(inside: &str, whole: &str) -> Result<Segment, PathSyntaxError> {
    for quote in ['"', '\''] {
        if let Some(quoted) = inside
            .strip_prefix(quote)
            .and_then(|t| t.strip_suffix(quote))
        {
            return Ok(Segment::Key(quoted.to_owned()));
        }
    }
    if inside.is_empty() {
        return Err(PathSyntaxError::EmptyBrackets(whole.to_owned()));
    }
    Ok(inside
        .parse()
        .map_or_else(|_| Segment::Key(inside.to_owned()), Segment::Index))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ConfigPath, Segment};

    fn key(text: &str) -> Segment {
        Segment::Key(text.to_owned())
    }

    #[test]
    fn paths_are_read_as_the_original_reads_them() {
        let rows: &[(&str, &[Segment])] = &[
            ("gateway.port", &[key("gateway"), key("port")]),
            (
                "agents.list[0].id",
                &[key("agents"), key("list"), Segment::Index(0), key("id")],
            ),
            (
                r"models.gpt-4\.1.alias",
                &[key("models"), key("gpt-4.1"), key("alias")],
            ),
            ("groups[-100123]", &[key("groups"), key("-100123")]),
            (r#"groups["a.b"]"#, &[key("groups"), key("a.b")]),
            ("a[0][1]", &[key("a"), Segment::Index(0), Segment::Index(1)]),
            (r#"a[" "]"#, &[key("a"), key(" ")]),
            ("\\\u{2028}", &[key("\u{2028}")]),
        ];
        for (text, expected) in rows {
            assert_eq!(
                text.parse::<ConfigPath>().unwrap().segments(),
                *expected,
                "{text}"
            );
        }
    }

    #[test]
    fn bad_paths_are_refused_in_the_words_of_the_original() {
        for (text, expected) in [
            ("", "Path is empty."),
            ("  ", "Path is empty."),
            ("a[0", "Invalid path (missing \"]\"): a[0"),
            ("a[]", "Invalid path (empty \"[]\"): a[]"),
            ("a..b", "Invalid path (empty segment): a..b"),
            (".a", "Invalid path (empty segment): .a"),
            ("a.", "Invalid path (empty segment): a."),
        ] {
            assert_eq!(
                text.parse::<ConfigPath>().unwrap_err().to_string(),
                expected,
                "{text:?}"
            );
        }
    }

    fn segments() -> impl Strategy<Value = Vec<Segment>> {
        let segment = prop_oneof![
            4 => ".{0,8}".prop_map(Segment::Key),
            1 => (0..1000_usize).prop_map(Segment::Index),
        ];
        proptest::collection::vec(segment, 1..6)
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(segments in segments()) {
            let path = ConfigPath::from(segments);
            prop_assert_eq!(path.to_string().parse::<ConfigPath>().unwrap(), path);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<ConfigPath>();
        }
    }
}
