//! The configuration for other eyes: secrets replaced, and put back when it returns.

use serde_json::Value;

use crate::config_path::{ConfigPath, Segment};
use crate::decode::{Kind, Unknown, split_userinfo};
use crate::edit;
use crate::schema;
use crate::substitute::is_reference;

/// What stands in place of a secret, as in the original.
pub const REDACTED: &str = "__OPENCLAW_REDACTED__";

/// A placeholder came back where nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{path}: the placeholder {REDACTED} stands for a value that is not stored; write the value itself"
)]
pub struct NothingStored {
    /// Where.
    pub path: ConfigPath,
}

/// A copy without secrets.
///
/// In our own sections the schema says what is secret; elsewhere the names of keys do. A text
/// that is nothing but a `${NAME}` is no secret and stays, and so does a secret reference.
#[must_use]
pub fn redact(value: &Value) -> Value {
    let mut copy = value.clone();
    walk(&mut copy, Some(&Kind::Section(schema::ROOT)), false);
    copy
}

/// Whether a value at this path is one that [`redact`] hides.
#[must_use]
pub fn is_secret(root: &Value, path: &ConfigPath) -> bool {
    edit::get(&redact(root), path).is_some_and(|shown| shown == REDACTED)
}

/// Puts back what [`redact`] replaced, from the configuration as it is stored.
///
/// # Errors
///
/// [`NothingStored`] for the first placeholder at whose path nothing is stored.
pub fn restore(value: &mut Value, stored: &Value) -> Result<(), NothingStored> {
    put_back(value, stored, &mut ConfigPath::root())
}

fn put_back(value: &mut Value, stored: &Value, path: &mut ConfigPath) -> Result<(), NothingStored> {
    let mut inside = |segment, item: &mut Value| {
        path.push(segment);
        let done = put_back(item, stored, path);
        path.pop();
        done
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                inside(Segment::Index(index), item)?;
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                inside(Segment::Key(key.clone()), item)?;
            }
        }
        Value::String(text) if text == REDACTED => {
            let found = edit::get(stored, path).filter(|stored| stored.is_string());
            *value = found
                .cloned()
                .ok_or_else(|| NothingStored { path: path.clone() })?;
        }
        _ => {}
    }
    Ok(())
}

/// `kind` is what the schema says of the value, where it says anything; `secret` whether the key
/// above makes it one.
fn walk(value: &mut Value, kind: Option<&Kind>, secret: bool) {
    match value {
        Value::String(text) => {
            let secret =
                secret || matches!(kind, Some(Kind::Secret)) || split_userinfo(text).is_some();
            if secret && !text.trim().is_empty() && !is_reference(text) {
                REDACTED.clone_into(text);
            }
        }
        Value::Array(items) => {
            let kind = match kind {
                Some(Kind::List(item)) => Some(*item),
                _ => None,
            };
            items.iter_mut().for_each(|item| walk(item, kind, secret));
        }
        Value::Object(map) => {
            // A secret reference names a place, and holds nothing.
            if map.contains_key("source") && map.contains_key("id") {
                return;
            }
            for (key, item) in map {
                let known = kind_of(kind, key);
                let secret = secret
                    || matches!(known, None | Some(Kind::Any)) && names_secret(key)
                    || holds_secrets(key) && !matches!(known, Some(Kind::Section(_)));
                // A number or switch under such a name is a limit, not a secret.
                walk(item, known, secret);
            }
        }
        _ => {}
    }
}

fn kind_of<'k>(kind: Option<&'k Kind>, key: &str) -> Option<&'k Kind> {
    match kind? {
        Kind::Section(section) => match section.field(key) {
            Some(field) => Some(&field.kind),
            None => match &section.unknown {
                Unknown::Values(kind) => Some(kind),
                Unknown::Refused | Unknown::Dropped => None,
            },
        },
        Kind::Table(item) => Some(item),
        _ => None,
    }
}

/// Whether a key of this name holds a secret.
fn names_secret(key: &str) -> bool {
    const ENDS: &[&str] = &[
        "token",
        "password",
        "passwd",
        "passphrase",
        "secret",
        "apikey",
        "privatekey",
        "accesskey",
        "secretkey",
        "signingkey",
        "encryptkey",
        "authorization",
        "credential",
        "credentials",
        "cookie",
        "serviceaccount",
    ];
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    ENDS.iter().any(|end| plain.ends_with(end))
}

/// Whether every text below a key of this name may be a secret.
fn holds_secrets(key: &str) -> bool {
    ["headers", "env", "edgeAuth"].contains(&key)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{REDACTED, is_secret, redact, restore};

    #[test]
    fn secrets_are_replaced_and_nothing_else() {
        let before = json!({
            "gateway": {
                "port": 18789,
                "auth": {"mode": "token", "token": "s1", "password": {"source": "env", "id": "PW"}},
                "remote": {"url": "wss://u:s2@host", "token": "${TOKEN}", "edgeAuth": {"X-Key": "s3"}},
            },
            "env": {"vars": {"OPENAI_API_KEY": "s4"}, "OTHER": "s5", "shellEnv": {"enabled": true}},
            "channels": {"telegram": {"botToken": "s6", "tokenFile": "/f", "allowFrom": ["1"]}},
            "models": {"providers": {"x": {
                "apiKey": "s7", "baseUrl": "https://x", "headers": {"A": "s8"},
                "models": [{"id": "m", "maxTokens": 4096, "contextTokens": "9"}],
            }}},
            "plugins": {"entries": {"p": {"config": {"clientSecret": "s9", "empty_token": ""}}}},
        });
        let shown = redact(&before);
        let text = shown.to_string();
        for secret in ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert_eq!(text.matches(REDACTED).count(), 9);
        assert_eq!(shown["gateway"]["auth"]["password"]["id"], "PW");
        assert_eq!(shown["gateway"]["remote"]["token"], "${TOKEN}");
        assert_eq!(
            shown["models"]["providers"]["x"]["models"][0]["maxTokens"],
            4096
        );
        assert_eq!(shown["channels"]["telegram"]["tokenFile"], "/f");

        let mut back = shown;
        restore(&mut back, &before).unwrap();
        assert_eq!(back, before);
    }

    #[test]
    fn a_placeholder_without_value_is_refused() {
        let mut value = json!({"a": [{"token": REDACTED}]});
        let error = restore(&mut value, &json!({"a": []})).unwrap_err();
        assert_eq!(error.path.to_string(), "a[0].token");
        let error = restore(&mut value, &json!({"a": [{"token": 7}]})).unwrap_err();
        assert!(error.to_string().contains("a[0].token"), "{error}");
    }

    #[test]
    fn one_key_can_be_asked_about() {
        let root = json!({"gateway": {"auth": {"token": "t", "mode": "token"}}});
        assert!(is_secret(&root, &"gateway.auth.token".parse().unwrap()));
        assert!(!is_secret(&root, &"gateway.auth.mode".parse().unwrap()));
        assert!(!is_secret(&root, &"gateway.auth.password".parse().unwrap()));
    }
}
