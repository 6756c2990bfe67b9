//! From JSON to types, with every problem at once.
//!
//! A section of the configuration is declared once, by `section!`: its keys, what may stand
//! there, what holds where nothing does, and what it means. From that declaration come the
//! struct, the decoder, the list against which unknown keys are told, the JSON Schema
//! ([`crate::json_schema`]) and the reference page ([`crate::reference`]).
//!
//! What may stand at a key is a [`Codec`]: a type that knows its [`Kind`] and how to read it.

mod codec;
mod collections;
mod formats;
mod kind;
mod nearest;
mod section;
mod word;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

pub use codec::{Codec, Show};
pub(crate) use codec::{Count, Flag, Line, MAX_SAFE, Millis, PortNumber, Seconds, Size};
pub(crate) use collections::{List, Table};
pub(crate) use formats::{FilePath, Network, Origin, Raw, Url, split_userinfo};
pub use formats::{GatewayUrl, Untyped};
pub use kind::{Field, Kind, Note, Section, ShownDefault, Unknown};
pub(crate) use nearest::{nearest, similar};
pub(crate) use section::section;
pub use word::Word;
pub(crate) use word::{OneWord, not_allowed, words};

use crate::config_path::{ConfigPath, Segment};
use crate::issue::IssueKind;
use crate::problem::Problem;

/// What decoding depends on beside the value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    /// The home directory, for `~`.
    pub(crate) home: Option<PathBuf>,
    /// Names of variables that had no value, by the path of the text that mentions them.
    pub(crate) missing: BTreeMap<ConfigPath, Vec<String>>,
}

/// Walks a value, knows where it is, and collects what is wrong.
#[derive(Debug)]
pub struct Decoder<'a> {
    context: &'a Context,
    path: ConfigPath,
    /// What is wrong.
    pub(crate) problems: Vec<Problem>,
    /// What is odd, and allowed.
    pub(crate) warnings: Vec<Problem>,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(context: &'a Context) -> Self {
        Self {
            context,
            path: ConfigPath::root(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Where it is.
    pub(crate) const fn path(&self) -> &ConfigPath {
        &self.path
    }

    /// What it depends on.
    pub(crate) const fn context(&self) -> &'a Context {
        self.context
    }

    /// Does something one step further in.
    pub(crate) fn within<R>(&mut self, segment: Segment, work: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment);
        let result = work(self);
        self.path.pop();
        result
    }

    /// Notes a problem here.
    pub(crate) fn refuse(&mut self, message: impl Into<String>) {
        self.refuse_with(message, |problem| problem);
    }

    /// Notes a problem here, with more to say.
    pub(crate) fn refuse_with(
        &mut self,
        message: impl Into<String>,
        more: impl FnOnce(Problem) -> Problem,
    ) {
        let problem = Problem::new(IssueKind::Invalid, &self.path, message);
        self.problems.push(more(problem));
    }

    /// Notes that a value is of the wrong type.
    pub(crate) fn mismatch(&mut self, expected: &str, found: &Value) {
        self.refuse(format!(
            "Invalid input: expected {expected}, received {}",
            type_name(found)
        ));
    }

    /// Notes something odd at a key here.
    pub(crate) fn warn_key(&mut self, key: &str, message: impl Into<String>, remedy: &str) {
        let path = self.path.join(Segment::Key(key.to_owned()));
        let warning = Problem::new(IssueKind::Retired, &path, message);
        self.warnings.push(warning.remedy(remedy));
    }

    /// Notes something odd here.
    pub(crate) fn warn(&mut self, message: impl Into<String>, remedy: impl Into<String>) {
        let warning = Problem::new(IssueKind::Retired, &self.path, message);
        self.warnings.push(warning.remedy(remedy));
    }

    /// Notes that text at a path mentions a variable without a value, which is odd and no more.
    pub(crate) fn warn_missing(&mut self, path: &ConfigPath, name: &str) {
        let message = format!("Missing env var \"{name}\" referenced at config path: {path}");
        let warning = Problem::new(IssueKind::MissingEnv, path, message);
        self.warnings
            .push(warning.remedy("whatever needs it is unavailable"));
    }

    /// Variables without a value that the text here mentions.
    pub(crate) fn missing_here(&self) -> Option<&'a [String]> {
        self.context.missing.get(&self.path).map(Vec::as_slice)
    }

    /// The text here. Text that mentions a variable without a value is a problem.
    pub(crate) fn text<'v>(&mut self, value: &'v Value) -> Option<&'v str> {
        let Value::String(text) = value else {
            self.mismatch("string", value);
            return None;
        };
        let Some(names) = self.missing_here() else {
            return Some(text);
        };
        for name in names {
            let message = format!(
                "Missing env var \"{name}\" referenced at config path: {}",
                self.path
            );
            let problem = Problem::new(IssueKind::MissingEnv, &self.path, message)
                .remedy(format!("set {name}, or write the value here"));
            self.problems.push(problem);
        }
        None
    }

    /// The object here, its keys checked against the section's.
    pub(crate) fn object<'v>(
        &mut self,
        value: &'v Value,
        section: &Section,
    ) -> Option<&'v Map<String, Value>> {
        let Value::Object(map) = value else {
            self.mismatch("object", value);
            return None;
        };
        for key in map.keys() {
            self.check_key(key, section);
        }
        for field in section.fields.iter().filter(|field| field.required) {
            if !map.contains_key(field.key) {
                self.within(Segment::Key(field.key.to_owned()), |here| {
                    here.refuse(format!("{} is required", field.key));
                });
            }
        }
        Some(map)
    }

    /// What stands at a key of an object here.
    pub(crate) fn field<C: Codec>(
        &mut self,
        map: &Map<String, Value>,
        key: &str,
    ) -> Option<C::Out> {
        let value = map.get(key)?;
        self.within(Segment::Key(key.to_owned()), |here| C::decode(here, value))
    }

    fn check_key(&mut self, key: &str, section: &Section) {
        if let Some(field) = section.field(key) {
            if let Note::February(note) = field.note {
                self.warn_key(key, "belongs to the release of February 2026", note);
            }
            return;
        }
        if let Some((_, note)) = section.retired.iter().find(|(retired, _)| *retired == key) {
            self.warn_key(key, "is no longer read", note);
            return;
        }
        match section.unknown {
            Unknown::Values(_) => {}
            Unknown::Dropped => self.warn_key(key, "is not known and not read", "remove it"),
            Unknown::Refused => {
                let refused = section.refused.iter().find(|(refused, ..)| *refused == key);
                let known = section.fields.iter().map(|field| field.key);
                let problem = Problem::new(
                    IssueKind::UnknownKey,
                    &self.path,
                    format!("Unrecognized key: \"{key}\""),
                )
                .at_key(key);
                self.problems.push(match refused {
                    Some((_, instead)) => problem.remedy(format!("use \"{instead}\" instead")),
                    None => {
                        let near = similar(key, known).map(str::to_owned);
                        let near =
                            near.or_else(|| nearest::elsewhere(key).map(|path| path.to_string()));
                        problem.nearest(near)
                    }
                });
            }
        }
    }
}

/// The type of a value, as messages name it.
pub(crate) const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
