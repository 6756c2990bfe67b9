//! Reads `connect` params strictly, in the dialect of the client, with the recorded words.

use serde_json::{Map, Value};

use super::ConnectParams;
use crate::client::{ClientId, ClientMode};
use crate::invalid::Problems;
use crate::{Generation, Raw};

/// Checked `connect` params and the dialect in which the client speaks.
#[derive(Debug, Clone)]
pub struct Connect {
    /// The params.
    pub params: ConnectParams,
    /// The dialect of answers before a generation is agreed: 3 only for clients that offer
    /// nothing newer.
    pub dialect: Generation,
}

/// Reads `connect` params.
///
/// A client whose `maxProtocol` is 3 or less is read by February's closed schema, everyone else
/// by the newer one.
///
/// # Errors
///
/// What is wrong, ready for `invalid connect params: …`, in the client's dialect.
pub fn read(params: Option<&Raw>) -> Result<Connect, Problems> {
    let text = params.map_or("{}", Raw::get);
    let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let dialect = dialect(&value);
    let mut problems = Problems::new(dialect);
    let Value::Object(object) = &value else {
        problems.at("", "must be object");
        return Err(problems);
    };
    check_root(object, &mut problems, dialect);
    if !problems.is_empty() {
        return Err(problems);
    }
    match serde_json::from_value(value) {
        Ok(params) => Ok(Connect { params, dialect }),
        Err(error) => {
            problems.at("", &error.to_string());
            Err(problems)
        }
    }
}

/// Protocol 3 for a client that offers nothing newer, else 4.
fn dialect(value: &Value) -> Generation {
    match value.get("maxProtocol").and_then(Value::as_u64) {
        Some(max) if max <= 3 => Generation::V3,
        _ => Generation::V4,
    }
}

/// What a member must be.
#[derive(Clone, Copy)]
enum Shape {
    /// Text of 0 or more characters.
    Text,
    /// Text of at least one character, at most so many.
    Named(usize),
    /// A whole number, at least so much.
    Integer(u64),
    /// A list of texts.
    Texts,
    /// A map from text to boolean.
    Flags,
    /// Anything.
    Any,
    /// An object with these members.
    Object(&'static [Member]),
    /// A word of `client.id`.
    ClientIdWord,
    /// A word of `client.mode`.
    ClientModeWord,
}

struct Member {
    name: &'static str,
    shape: Shape,
    required: Required,
    since: Generation,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    Always,
    SinceV4,
    Never,
}

const NAMED: Shape = Shape::Named(usize::MAX);

const fn must(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        required: Required::Always,
        since: Generation::V3,
    }
}
const fn may(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        required: Required::Never,
        since: Generation::V3,
    }
}
const fn may_v4(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        required: Required::Never,
        since: Generation::V4,
    }
}

const ROOT: &[Member] = &[
    must("minProtocol", Shape::Integer(1)),
    must("maxProtocol", Shape::Integer(1)),
    must("client", Shape::Object(CLIENT)),
    may("caps", Shape::Texts),
    may("commands", Shape::Texts),
    may("permissions", Shape::Flags),
    may("pathEnv", Shape::Text),
    may_v4("computerUse", Shape::Any),
    may_v4("workerRuns", Shape::Any),
    may_v4("modelCatalog", Shape::Any),
    may("role", NAMED),
    may("scopes", Shape::Texts),
    may("device", Shape::Object(DEVICE)),
    may("auth", Shape::Object(AUTH)),
    may("locale", Shape::Text),
    may("userAgent", Shape::Text),
];

const CLIENT: &[Member] = &[
    must("id", Shape::ClientIdWord),
    may("displayName", NAMED),
    must("version", NAMED),
    must("platform", NAMED),
    may("deviceFamily", NAMED),
    may("modelIdentifier", NAMED),
    must("mode", Shape::ClientModeWord),
    may("instanceId", NAMED),
    may_v4("buildId", Shape::Named(96)),
    may_v4("timeZone", Shape::Named(64)),
];

const DEVICE: &[Member] = &[
    must("id", NAMED),
    must("publicKey", NAMED),
    must("signature", NAMED),
    must("signedAt", Shape::Integer(0)),
    Member {
        name: "nonce",
        shape: NAMED,
        required: Required::SinceV4,
        since: Generation::V3,
    },
];

const AUTH: &[Member] = &[
    may("token", Shape::Text),
    may("password", Shape::Text),
    may_v4("deviceToken", Shape::Text),
    may_v4("bootstrapToken", Shape::Text),
    may_v4("approvalRuntimeToken", Shape::Text),
    may_v4("agentRuntimeIdentityToken", Shape::Text),
];

fn check_root(object: &Map<String, Value>, problems: &mut Problems, dialect: Generation) {
    check_object("", object, ROOT, problems, dialect);
}

fn check_object(
    path: &str,
    object: &Map<String, Value>,
    members: &'static [Member],
    problems: &mut Problems,
    dialect: Generation,
) {
    let known = |member: &&Member| member.since <= dialect;
    for member in members.iter().filter(known) {
        let required = match member.required {
            Required::Always => true,
            Required::SinceV4 => dialect >= Generation::V4,
            Required::Never => false,
        };
        if required && !object.contains_key(member.name) {
            problems.missing(path, member.name);
        }
    }
    for key in object.keys() {
        if !members
            .iter()
            .filter(known)
            .any(|member| member.name == key)
        {
            problems.unexpected(path, key);
        }
    }
    for member in members.iter().filter(known) {
        if let Some(value) = object.get(member.name) {
            check_value(
                &format!("{path}/{}", member.name),
                value,
                member.shape,
                problems,
                dialect,
            );
        }
    }
}

fn check_value(
    path: &str,
    value: &Value,
    shape: Shape,
    problems: &mut Problems,
    dialect: Generation,
) {
    match (shape, value) {
        (Shape::Any, _) | (Shape::Text, Value::String(_)) => {}
        (Shape::Named(max), Value::String(text)) => {
            if text.is_empty() {
                problems.too_short(path);
            } else if text.chars().count() > max {
                problems.at(path, &format!("must not have more than {max} characters"));
            }
        }
        (Shape::Text | Shape::Named(_), _) => problems.at(path, "must be string"),
        (Shape::Integer(least), Value::Number(number)) => match number.as_u64() {
            Some(n) if n >= least => {}
            Some(_) => problems.at(path, &format!("must be >= {least}")),
            None if number.is_i64() => problems.at(path, &format!("must be >= {least}")),
            None => problems.at(path, "must be integer"),
        },
        (Shape::Integer(_), _) => problems.at(path, "must be integer"),
        (Shape::Texts, Value::Array(items)) => {
            for (i, item) in items.iter().enumerate() {
                check_value(&format!("{path}/{i}"), item, NAMED, problems, dialect);
            }
        }
        (Shape::Texts, _) => problems.at(path, "must be array"),
        (Shape::Flags, Value::Object(flags)) => {
            for (key, flag) in flags {
                if !flag.is_boolean() {
                    problems.at(&format!("{path}/{key}"), "must be boolean");
                }
            }
        }
        (Shape::Object(members), Value::Object(object)) => {
            check_object(path, object, members, problems, dialect);
        }
        (Shape::Flags | Shape::Object(_), _) => problems.at(path, "must be object"),
        (Shape::ClientIdWord, Value::String(word)) => {
            if !ClientId::from(word.as_str()).is_listed(dialect) {
                problems.not_listed(path);
            }
        }
        (Shape::ClientModeWord, Value::String(word)) => {
            if !ClientMode::from(word.as_str()).is_listed(dialect) {
                problems.not_listed(path);
            }
        }
        (Shape::ClientIdWord | Shape::ClientModeWord, _) => problems.not_listed(path),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;
    use crate::{Generation, Raw};

    fn raw(value: &Value) -> Box<Raw> {
        serde_json::value::to_raw_value(value).unwrap()
    }

    fn refused(value: &Value) -> String {
        read(Some(&raw(value))).unwrap_err().to_string()
    }

    fn sample(min: u64, max: u64) -> Value {
        json!({
            "minProtocol": min, "maxProtocol": max, "caps": [], "role": "operator",
            "client": {"id": "cli", "version": "1.0.0", "platform": "linux", "mode": "cli"},
            "auth": {"token": "tok1"},
        })
    }

    #[test]
    fn the_dialect_follows_the_highest_protocol_offered() {
        for (min, max, dialect) in [
            (3, 3, Generation::V3),
            (3, 4, Generation::V4),
            (4, 4, Generation::V4),
        ] {
            assert_eq!(
                read(Some(&raw(&sample(min, max)))).unwrap().dialect,
                dialect
            );
        }
    }

    #[test]
    fn refusals_use_the_recorded_words() {
        assert_eq!(
            refused(&json!({})),
            "must have required property 'minProtocol'"
        );
        let mut v3 = sample(3, 3);
        v3["client"] = json!({"id": "cli", "version": "", "mode": "cli"});
        assert_eq!(
            refused(&v3),
            "at /client: must have required property 'platform'; at /client/version: must NOT have fewer than 1 characters"
        );
        let mut v4 = sample(4, 4);
        v4["client"]["id"] = json!("my-client");
        assert_eq!(
            refused(&v4),
            "at /client/id: must be equal to one of the allowed values"
        );
        let mut v3 = sample(3, 3);
        v3["auth"]["deviceToken"] = json!("x");
        assert_eq!(refused(&v3), "at /auth: unexpected property 'deviceToken'");
        let mut v4 = sample(4, 4);
        v4["device"] = json!({"id": "a", "publicKey": "b", "signature": "c", "signedAt": 1});
        assert_eq!(
            refused(&v4),
            "at /device: must have required property 'nonce'"
        );
        let mut v3 = sample(3, 3);
        v3["device"] = json!({"id": "a", "publicKey": "b", "signature": "c", "signedAt": 1});
        assert!(read(Some(&raw(&v3))).is_ok());
    }

    #[test]
    fn debug_never_shows_a_credential() {
        let connect = read(Some(&raw(&sample(4, 4)))).unwrap();
        assert!(!format!("{connect:?}").contains("tok1"));
    }
}
