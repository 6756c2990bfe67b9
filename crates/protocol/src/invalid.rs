//! What is wrong with params, in the words that clients of each generation show.
//!
//! Both real releases join the problems with `; `. A missing member at the root reads
//! `must have required property 'x'`, deeper `at /client: must have required property 'x'`;
//! an unknown one `at root: unexpected property 'x'`.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::{Generation, Raw};

/// Most problems that are told; more are counted.
const MOST_PARTS: usize = 48;
/// Longest text of one problem, in characters; it may name members that a stranger made up.
const MOST_CHARS: usize = 256;

/// Problems of one value, in the order in which they were found.
///
/// The text is bounded, whatever the value was: a stranger's `connect` must not cost an answer
/// many times its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    generation: Generation,
    parts: Vec<String>,
    /// How many were found after the first [`MOST_PARTS`].
    more: usize,
}

impl Problems {
    /// No problem yet.
    #[must_use]
    pub const fn new(generation: Generation) -> Self {
        Self {
            generation,
            parts: Vec::new(),
            more: 0,
        }
    }

    fn push(&mut self, mut part: String) {
        if self.parts.len() == MOST_PARTS {
            self.more = self.more.saturating_add(1);
            return;
        }
        if let Some((end, _)) = part.char_indices().nth(MOST_CHARS) {
            part.truncate(end);
            part.push('…');
        }
        self.parts.push(part);
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// A member is missing from the object at `path` (`""` is the root).
    ///
    /// Protocol 4 stops at the first missing member of an object; protocol 3 names them all.
    pub fn missing(&mut self, path: &str, member: &str) {
        let text = format!("must have required property '{member}'");
        let stem = if path.is_empty() {
            text
        } else {
            format!("at {path}: {text}")
        };
        let prefix = match stem.split_once('\'') {
            Some((prefix, _)) => prefix,
            None => &stem,
        };
        let said = self.generation >= Generation::V4
            && self.parts.iter().any(|part| part.starts_with(prefix));
        if !said {
            self.push(stem);
        }
    }

    /// A member that nobody knows stands in the object at `path`.
    pub fn unexpected(&mut self, path: &str, member: &str) {
        let place = if path.is_empty() { "root" } else { path };
        self.push(format!("at {place}: unexpected property '{member}'"));
    }

    /// The value at `path` is wrong in this way.
    pub fn at(&mut self, path: &str, what: &str) {
        let place = if path.is_empty() { "root" } else { path };
        self.push(format!("at {place}: {what}"));
    }

    /// The text at `path` is empty.
    pub fn too_short(&mut self, path: &str) {
        let not = match self.generation {
            Generation::V3 => "NOT",
            Generation::V4 => "not",
        };
        self.at(path, &format!("must {not} have fewer than 1 characters"));
    }

    /// The text at `path` has more characters than allowed.
    pub fn too_long(&mut self, path: &str, max: usize) {
        let not = match self.generation {
            Generation::V3 => "NOT",
            Generation::V4 => "not",
        };
        self.at(path, &format!("must {not} have more than {max} characters"));
    }

    /// The text at `path` must not be empty.
    pub fn not_empty(&mut self, path: &str, text: impl AsRef<str>) {
        if text.as_ref().is_empty() {
            self.too_short(path);
        }
    }

    /// The text at `path`, if there is one, must not be empty.
    pub fn not_empty_if_any(&mut self, path: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.not_empty(path, text);
        }
    }

    /// The texts of the list at `path` must not be empty.
    pub fn none_empty<T: AsRef<str>>(&mut self, path: &str, texts: Option<&[T]>) {
        for (index, text) in texts.unwrap_or_default().iter().enumerate() {
            self.not_empty(&format!("{path}/{index}"), text);
        }
    }

    /// The text at `path` must not be empty, nor have more than `max` characters.
    pub fn length(&mut self, path: &str, text: &str, max: usize) {
        if text.chars().count() > max {
            self.too_long(path, max);
        } else {
            self.not_empty(path, text);
        }
    }

    /// The number at `path`, if there is one, must be in this range.
    pub fn within(&mut self, path: &str, number: Option<u64>, least: u64, most: u64) {
        match number {
            Some(number) if number < least => self.at(path, &format!("must be >= {least}")),
            Some(number) if number > most => self.at(path, &format!("must be <= {most}")),
            _ => {}
        }
    }

    /// The word at `path` is not on the list.
    pub fn not_listed(&mut self, path: &str) {
        match self.generation {
            Generation::V3 => {
                self.at(path, "must be equal to constant");
                self.at(path, "must match a schema in anyOf");
            }
            Generation::V4 => self.at(path, "must be equal to one of the allowed values"),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            f.write_str(part)?;
        }
        if self.more > 0 {
            write!(f, "; and {} more", self.more)?;
        }
        Ok(())
    }
}

/// Reads the params of a method. Absent params are `{}`.
///
/// # Errors
///
/// What is wrong, ready for `invalid <method> params: …`.
pub fn decode_params<P: DeserializeOwned>(
    params: Option<&Raw>,
    generation: Generation,
) -> Result<P, Problems> {
    let text = params.map_or("{}", Raw::get);
    // serde takes a list for a struct; the protocol does not.
    if !text.starts_with('{') {
        return Err(explain::<P>(text, generation));
    }
    serde_json::from_str(text).map_err(|_| explain::<P>(text, generation))
}

/// Reads once more with the path tracked. Runs on the refusal path only.
fn explain<P: DeserializeOwned>(text: &str, generation: Generation) -> Problems {
    let mut problems = Problems::new(generation);
    if !text.trim_start().starts_with('{') {
        problems.at("", "must be object");
        return problems;
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let Err(error) = serde_path_to_error::deserialize::<_, P>(&mut reader) else {
        problems.at("", "must be valid");
        return problems;
    };
    let path = pointer(error.path());
    let said = error.inner().to_string();
    // serde_json appends the position, which means nothing to a caller.
    let said = said.split(" at line ").next().unwrap_or(&said);
    let quoted = said.split('`').nth(1).unwrap_or_default();
    if said.starts_with("missing field") {
        problems.missing(&path, quoted);
    } else if said.starts_with("unknown field") {
        let parent = path.strip_suffix(&format!("/{quoted}")).unwrap_or(&path);
        problems.unexpected(parent, quoted);
    } else if said.starts_with("unknown variant") {
        problems.not_listed(&path);
    } else if let Some((_, expected)) = said.split_once(", expected ") {
        problems.at(&path, &format!("must be {}", json_type(expected)));
    } else {
        problems.at(&path, said);
    }
    problems
}

/// A JSON pointer for the path of serde's error.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{key}"),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// The JSON word for what serde expected.
fn json_type(expected: &str) -> &str {
    match expected {
        "a string" | "str" => "string",
        "a boolean" => "boolean",
        "a sequence" => "array",
        "u64" | "u32" | "u16" | "u8" | "i64" | "i32" | "usize" => "integer",
        "f64" | "f32" => "number",
        "a map" => "object",
        other if other.starts_with("struct ") => "object",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Problems, decode_params};
    use crate::{Generation, Raw};

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "read by serde only")]
        node_id: String,
        #[expect(dead_code, reason = "read by serde only")]
        limit: Option<u64>,
        #[expect(dead_code, reason = "read by serde only")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "read by serde only")]
        a: bool,
    }

    fn said(text: &str) -> String {
        let raw: Box<Raw> = serde_json::from_str(text).unwrap();
        decode_params::<Sample>(Some(&raw), Generation::V4)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn params_are_refused_in_the_recorded_words() {
        assert_eq!(said("{}"), "must have required property 'nodeId'");
        assert_eq!(
            said(r#"{"nodeId":"a","foo":1}"#),
            "at root: unexpected property 'foo'"
        );
        assert_eq!(said(r#"{"nodeId":7}"#), "at /nodeId: must be string");
        assert_eq!(
            said(r#"{"nodeId":"a","limit":"x"}"#),
            "at /limit: must be integer"
        );
        assert_eq!(
            said(r#"{"nodeId":"a","inner":{"a":1}}"#),
            "at /inner/a: must be boolean"
        );
        assert_eq!(
            said(r#"{"nodeId":"a","inner":{"a":true,"b":1}}"#),
            "at /inner: unexpected property 'b'"
        );
        assert_eq!(
            said(r#"{"nodeId":"a","inner":{}}"#),
            "at /inner: must have required property 'a'"
        );
        assert_eq!(said("[]"), "at root: must be object");
    }

    #[test]
    fn the_text_is_bounded() {
        let mut problems = Problems::new(Generation::V4);
        for n in 0..60 {
            problems.unexpected("", &format!("k{n}"));
        }
        let said = problems.to_string();
        assert!(said.ends_with("'k47'; and 12 more"), "{said}");
        let mut problems = Problems::new(Generation::V3);
        problems.unexpected("", &"ü".repeat(1000));
        let said = problems.to_string();
        assert!(
            said.ends_with("ü…") && said.chars().count() == 257,
            "{said}"
        );
    }

    #[test]
    fn absent_params_are_an_empty_object() {
        assert!(decode_params::<Sample>(None, Generation::V3).is_err());
        assert!(decode_params::<crate::method::NoParams>(None, Generation::V3).is_ok());
    }

    #[test]
    fn protocol_4_names_the_first_missing_member_only() {
        let mut v3 = Problems::new(Generation::V3);
        let mut v4 = Problems::new(Generation::V4);
        for problems in [&mut v3, &mut v4] {
            problems.missing("", "minProtocol");
            problems.missing("", "maxProtocol");
            problems.missing("/client", "id");
            problems.missing("/client", "mode");
        }
        assert_eq!(
            v4.to_string(),
            "must have required property 'minProtocol'; at /client: must have required property 'id'"
        );
        assert!(v3.to_string().contains("'maxProtocol'") && v3.to_string().contains("'mode'"));
    }
}
