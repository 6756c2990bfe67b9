//! A secret as it stands in the configuration: text, or where it is kept.

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::config_path::Segment;
use crate::decode::{Codec, Decoder, Kind, words};

/// A secret as it stands in the configuration. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub enum SecretInput {
    /// The secret itself, without blanks at its ends; never empty.
    Inline(SecretString),
    /// Where it is kept.
    Reference(SecretRef),
    /// Text that mentions a variable without a value: there is a secret, and it is unavailable.
    Unset {
        /// The first such variable.
        variable: String,
    },
}

/// Where a secret is kept.
///
/// Shape: `{source, provider?, id}`. Without a provider the one that `secrets.defaults` names
/// for the source counts, else `default`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// The kind of place.
    pub source: SecretSource,
    /// Its name in `secrets.providers`.
    pub provider: Option<String>,
    /// Which secret there: the variable's name, a JSON pointer, or whatever the command knows.
    pub id: String,
}

words! {
    /// The kind of place where a secret is kept.
    pub enum SecretSource {
        /// An environment variable.
        Env = "env",
        /// A file.
        File = "file",
        /// A command that prints it.
        Exec = "exec",
        /// The original's own store, which this program does not have.
        Store = "store",
    }
}

/// A secret: text, or a reference. Blank text counts as absent.
#[derive(Debug)]
pub(crate) struct Secret;

impl Codec for Secret {
    type Out = SecretInput;
    const KIND: Kind = Kind::Secret;

    fn decode(at: &mut Decoder<'_>, value: &Value) -> Option<SecretInput> {
        match value {
            Value::String(text) => {
                if let Some(variable) = at.missing_here().and_then(<[String]>::first) {
                    return Some(SecretInput::Unset {
                        variable: variable.clone(),
                    });
                }
                let text = text.trim();
                (!text.is_empty()).then(|| SecretInput::Inline(SecretString::from(text)))
            }
            Value::Object(map) => reference(at, map).map(SecretInput::Reference),
            other => {
                at.mismatch("string or secret reference", other);
                None
            }
        }
    }
}

fn reference(at: &mut Decoder<'_>, map: &Map<String, Value>) -> Option<SecretRef> {
    for key in map
        .keys()
        .filter(|key| !["source", "provider", "id"].contains(&key.as_str()))
    {
        at.refuse_with(format!("Unrecognized key: \"{key}\""), |problem| {
            problem.at_key(key)
        });
    }
    for key in ["source", "id"] {
        if !map.contains_key(key) {
            at.refuse_with(
                format!("{key} is required in a secret reference"),
                |problem| {
                    problem.remedy("write {source: \"env\", provider: \"default\", id: \"NAME\"}")
                },
            );
        }
    }
    let source = at.field::<crate::decode::OneWord<SecretSource>>(map, "source");
    let provider = at.field::<crate::decode::Line>(map, "provider");
    let id = at.field::<crate::decode::Line>(map, "id");
    if let Some(provider) = &provider {
        check(
            at,
            "provider",
            is_provider(provider),
            "a name such as vault",
        );
    }
    let (source, id) = (source?, id?);
    let (good, form) = match source {
        SecretSource::Env => (is_variable(&id), "a variable such as MY_TOKEN"),
        SecretSource::File => (
            id.starts_with('/') || id == "value",
            "a JSON pointer such as /gateway/token, or value",
        ),
        SecretSource::Exec => (
            is_exec_id(&id),
            "letters, digits and . _ : / # - without .. parts",
        ),
        SecretSource::Store => (true, ""),
    };
    check(at, "id", good, form);
    Some(SecretRef {
        source,
        provider,
        id,
    })
}

fn check(at: &mut Decoder<'_>, key: &str, good: bool, form: &str) {
    if !good {
        at.within(Segment::Key(key.to_owned()), |here| {
            here.refuse(format!("Invalid input: expected {form}"));
        });
    }
}

fn is_provider(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

fn is_variable(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

fn is_exec_id(id: &str) -> bool {
    id.len() <= 256
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:/#-".contains(&b))
        && !id.split('/').any(|part| part == "." || part == "..")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;
    use serde_json::{Value, json};

    use super::{Secret, SecretInput, SecretSource};
    use crate::decode::{Codec as _, Context, Decoder};

    fn read(value: &Value) -> (Option<SecretInput>, Vec<String>) {
        let context = Context::default();
        let mut decoder = Decoder::new(&context);
        let found = Secret::decode(&mut decoder, value);
        let problems = decoder.problems.iter();
        (
            found,
            problems
                .map(|p| format!("{}: {}", p.path, p.message))
                .collect(),
        )
    }

    #[test]
    fn text_is_trimmed_and_blank_is_absent() {
        let Some(SecretInput::Inline(secret)) = read(&json!(" hunter2\n")).0 else {
            panic!()
        };
        assert_eq!(secret.expose_secret(), "hunter2");
        assert!(read(&json!("  ")).0.is_none());
        assert!(read(&json!("  ")).1.is_empty());
    }

    #[test]
    fn references_are_read_with_or_without_provider() {
        for value in [
            json!({"source": "env", "provider": "default", "id": "MY_TOKEN"}),
            json!({"source": "env", "id": "MY_TOKEN"}),
            json!({"source": "file", "provider": "main", "id": "/gateway/token"}),
            json!({"source": "exec", "provider": "vault", "id": "a/b#c.d"}),
            json!({"source": "store", "provider": "default", "id": "X"}),
        ] {
            let (found, problems) = read(&value);
            assert!(problems.is_empty(), "{value}: {problems:?}");
            let Some(SecretInput::Reference(found)) = found else {
                panic!("{value}")
            };
            assert_eq!(found.source.as_str(), value["source"]);
            assert_eq!(found.id, value["id"]);
        }
        let (Some(SecretInput::Reference(found)), _) = read(&json!({"source": "env", "id": "A"}))
        else {
            panic!()
        };
        assert_eq!((found.source, found.provider), (SecretSource::Env, None));
    }

    #[test]
    fn bad_references_are_refused_with_every_reason() {
        for (value, expected) in [
            (
                json!(7),
                vec!["<root>: Invalid input: expected string or secret reference, received number"],
            ),
            (
                json!(null),
                vec!["<root>: Invalid input: expected string or secret reference, received null"],
            ),
            (
                json!({"source": "env"}),
                vec!["<root>: id is required in a secret reference"],
            ),
            (
                json!({"source": "enf", "id": "A"}),
                vec!["source: Invalid input (allowed: \"env\", \"file\", \"exec\", \"store\")"],
            ),
            (
                json!({"source": "env", "id": "lower"}),
                vec!["id: Invalid input: expected a variable such as MY_TOKEN"],
            ),
            (
                json!({"source": "exec", "id": "a/../b"}),
                vec![
                    "id: Invalid input: expected letters, digits and . _ : / # - without .. parts",
                ],
            ),
            (
                json!({"source": "file", "provider": "Main", "id": "x", "more": 1}),
                vec![
                    "<root>: Unrecognized key: \"more\"",
                    "provider: Invalid input: expected a name such as vault",
                    "id: Invalid input: expected a JSON pointer such as /gateway/token, or value",
                ],
            ),
        ] {
            assert_eq!(read(&value).1, expected, "{value}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let (found, _) = read(&json!("hunter2"));
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
