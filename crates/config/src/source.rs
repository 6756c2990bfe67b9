//! One file: its text, its value and its lines.

use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::positions::{MAX_DEPTH, MAX_PATH_BYTES, Positions};

/// Largest configuration file that is read, in bytes. Pictures may stand in it as text.
pub(crate) const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Largest file that is read on its behalf, in bytes: included ones, as in 2026.9, and secrets.
pub(crate) const MAX_PART_BYTES: u64 = 2 * 1024 * 1024;

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) value: Value,
    pub(crate) positions: Positions,
}

/// Why a text is no JSON5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// In the words of the original where it has any.
    pub(crate) message: String,
    /// Line, from 1.
    pub(crate) line: Option<u32>,
}

/// Reads JSON5.
pub(crate) fn parse(text: &str) -> Result<Parsed, SyntaxError> {
    let text = text.trim_start_matches('\u{feff}');
    let positions = Positions::scan(text);
    let refused = |message| {
        Err(SyntaxError {
            message,
            line: None,
        })
    };
    if positions.depth > MAX_DEPTH {
        return refused(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    if positions.path_bytes > MAX_PATH_BYTES {
        return refused("many values lie below very long keys: shorten the keys".to_owned());
    }
    match json5::from_str(text) {
        Ok(value) => Ok(Parsed { value, positions }),
        Err(error) => {
            let place = error.position();
            let line = place.map_or_else(|| text.lines().count().max(1), |place| place.line + 1);
            let line = u32::try_from(line).ok();
            let what = error
                .code()
                .map_or_else(|| error.to_string(), |code| code.to_string());
            let message = match place {
                Some(place) => format!(
                    "JSON5 parse failed: {what} at {}:{}",
                    place.line + 1,
                    place.column + 1
                ),
                None => format!("JSON5 parse failed: {what}"),
            };
            Err(SyntaxError { message, line })
        }
    }
}

/// Reads a file of a bounded size as text. `None` where there is none.
pub(crate) fn read(path: &Path, max: u64) -> io::Result<Option<String>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        let message = format!("larger than {max} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
}

/// SHA-256 of a file's text in hex: what `config.get` calls `hash` and `config.set` `baseHash`.
/// No file counts as an empty one.
#[must_use]
pub fn hash(text: Option<&str>) -> String {
    hex::encode(Sha256::digest(text.unwrap_or_default().as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{hash, parse, read};

    #[test]
    fn everything_json5_allows_is_read() {
        let text = "\u{feff}// note\n{a: 0x10, 'b': +.5, c: [1,], d: 'x\\\ny', /* e */ \"f\": -1}";
        assert_eq!(
            parse(text).unwrap().value,
            json!({"a": 16, "b": 0.5, "c": [1], "d": "xy", "f": -1})
        );
    }

    #[test]
    fn errors_name_their_place() {
        for (text, line) in [
            ("{\n a: 1\n b: 2}", Some(3)),
            ("{a: }", Some(1)),
            ("{\n\n", Some(1)),
            ("", Some(1)),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error:?}");
            assert!(
                error.message.starts_with("JSON5 parse failed: "),
                "{error:?}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused_before_it_is_parsed() {
        for text in ["[".repeat(1_000_000), "{a:".repeat(200_000)] {
            assert_eq!(
                parse(&text).unwrap_err().message,
                "nested deeper than 100 levels"
            );
        }
        assert!(parse(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).is_ok());
    }

    #[test]
    fn many_values_below_a_long_key_are_refused_before_they_cost() {
        let text = format!("{{{}: [{}]}}", "k".repeat(500_000), "1,".repeat(500_000));
        let error = parse(&text).unwrap_err();
        assert!(error.message.contains("shorten the keys"), "{error:?}");
        let fine = format!("{{{}: [{}]}}", "k".repeat(100), "1,".repeat(10_000));
        assert!(parse(&fine).is_ok());
    }

    #[test]
    fn files_are_bounded_and_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        assert_eq!(read(&path, 9).unwrap(), None);
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(read(&path, 9).unwrap().as_deref(), Some("{}"));
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(read(&path, 9).unwrap_err().to_string(), "not UTF-8");
        std::fs::write(&path, "123456789").unwrap();
        assert_eq!(read(&path, 9).unwrap().as_deref(), Some("123456789"));
        let error = read(&path, 8).unwrap_err();
        assert_eq!(error.to_string(), "larger than 8 bytes");
    }

    #[test]
    fn the_hash_is_that_of_the_bytes() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash(None), empty);
        assert_eq!(hash(Some("")), empty);
        assert_ne!(hash(Some("{}")), empty);
    }
}
