//! `${NAME}` in text: the value of an environment variable.
//!
//! Names are upper case letters, digits and `_`. `${NAME:-text}` falls back to the text where
//! the variable is unset or empty. `$${NAME}` stands for the characters `${NAME}`. Anything else
//! stays as it is.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config_path::{ConfigPath, Segment};
use crate::env::Env;

/// Puts the values in place of the references, everywhere in `value`. Returns the variables
/// without a value by the path of the text; their references stay as they are.
pub(crate) fn substitute(value: &mut Value, env: &Env) -> BTreeMap<ConfigPath, Vec<String>> {
    let mut missing = BTreeMap::new();
    walk(value, env, &mut ConfigPath::root(), &mut missing);
    missing
}

fn walk(
    value: &mut Value,
    env: &Env,
    path: &mut ConfigPath,
    missing: &mut BTreeMap<ConfigPath, Vec<String>>,
) {
    match value {
        Value::String(text) if text.contains("${") => {
            let (found, unset) = substitute_text(text, env);
            *text = found;
            if !unset.is_empty() {
                missing.insert(path.clone(), unset);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push(Segment::Index(index));
                walk(item, env, path, missing);
                path.pop();
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                path.push(Segment::Key(key.clone()));
                walk(item, env, path, missing);
                path.pop();
            }
        }
        _ => {}
    }
}

/// One text with its references replaced, and the variables without a value.
pub(crate) fn substitute_text(text: &str, env: &Env) -> (String, Vec<String>) {
    let mut out = String::with_capacity(text.len());
    let mut missing = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        if let Some(escaped) = rest.strip_prefix("$$").and_then(Reference::at_start) {
            let end = 2 + escaped.length;
            out.push_str(&rest[1..end]);
            rest = &rest[end..];
        } else if let Some(reference) = Reference::at_start(&rest[1..]) {
            let end = 1 + reference.length;
            let value = env.os(reference.name).and_then(|value| value.to_str());
            match (value.filter(|value| !value.is_empty()), reference.fallback) {
                (Some(value), _) => out.push_str(value),
                (None, Some(fallback)) => out.push_str(fallback),
                (None, None) => {
                    out.push_str(&rest[..end]);
                    if !missing.iter().any(|name| name == reference.name) {
                        missing.push(reference.name.to_owned());
                    }
                }
            }
            rest = &rest[end..];
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    (out, missing)
}

/// Whether the text is one reference without a fallback, and nothing else.
pub(crate) fn is_reference(text: &str) -> bool {
    text.strip_prefix('$').is_some_and(|rest| {
        Reference::at_start(rest)
            .is_some_and(|reference| reference.length == rest.len() && reference.fallback.is_none())
    })
}

/// `{NAME}` or `{NAME:-text}`, after its dollar sign.
struct Reference<'t> {
    name: &'t str,
    fallback: Option<&'t str>,
    /// From the opening brace to the closing one.
    length: usize,
}

impl<'t> Reference<'t> {
    fn at_start(text: &'t str) -> Option<Self> {
        let inside = text.strip_prefix('{')?;
        let (inside, _) = inside.split_once('}')?;
        let length = inside.len() + 2;
        let (name, fallback) = match inside.split_once(":-") {
            Some((name, fallback)) => (name, Some(fallback)),
            None => (inside, None),
        };
        let named = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let plain = fallback.is_none_or(|text| !text.contains(['$', '{']));
        (named && plain).then_some(Self {
            name,
            fallback,
            length,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{substitute, substitute_text};
    use crate::env::Env;

    fn env() -> Env {
        Env::empty()
            .with("TOKEN", "t0k")
            .with("EMPTY", "")
            .with("_X9", "x")
            .with("DEEP", "${TOKEN}")
    }

    #[test]
    fn references_follow_the_rules_of_the_original() {
        for (text, expected, missing) in [
            ("${TOKEN}", "t0k", &[][..]),
            ("a${TOKEN}b${_X9}c", "at0kbxc", &[]),
            ("${DEEP}", "${TOKEN}", &[]),
            ("${NONE}", "${NONE}", &["NONE"]),
            ("${EMPTY}", "${EMPTY}", &["EMPTY"]),
            (
                "${NONE}${NONE}${EMPTY}",
                "${NONE}${NONE}${EMPTY}",
                &["NONE", "EMPTY"],
            ),
            ("$${TOKEN}", "${TOKEN}", &[]),
            ("$$${TOKEN}", "$${TOKEN}", &[]),
            ("$${NONE}", "${NONE}", &[]),
            ("${token}", "${token}", &[]),
            ("${9X}", "${9X}", &[]),
            ("${}", "${}", &[]),
            ("$TOKEN", "$TOKEN", &[]),
            ("${TOKEN", "${TOKEN", &[]),
            ("$$", "$$", &[]),
            ("${NONE:-60}", "60", &[]),
            ("${NONE:-}", "", &[]),
            ("${EMPTY:-e}", "e", &[]),
            ("${TOKEN:-e}", "t0k", &[]),
            ("$${NONE:-x}", "${NONE:-x}", &[]),
            ("${NONE:-${TOKEN}}", "${NONE:-t0k}", &[]),
            ("${NONE:=x}", "${NONE:=x}", &[]),
        ] {
            let (found, unset) = substitute_text(text, &env());
            assert_eq!(found, expected, "{text}");
            assert_eq!(unset, missing, "{text}");
        }
    }

    #[test]
    fn every_text_is_replaced_and_keys_are_not() {
        let mut value = json!({"${TOKEN}": ["${TOKEN}", {"a": "${NONE}"}], "n": 1});
        let missing = substitute(&mut value, &env());
        assert_eq!(
            value,
            json!({"${TOKEN}": ["t0k", {"a": "${NONE}"}], "n": 1})
        );
        let missing: Vec<_> = missing
            .iter()
            .map(|(path, names)| (path.to_string(), names.clone()))
            .collect();
        assert_eq!(
            missing,
            [("${TOKEN}[1].a".to_owned(), vec!["NONE".to_owned()])]
        );
    }

    proptest! {
        #[test]
        fn text_without_dollar_is_left_alone(text in "[^$]{0,40}") {
            prop_assert_eq!(substitute_text(&text, &env()), (text, vec![]));
        }

        #[test]
        fn no_text_panics(text in r"[${}A-C:\-_ä]{0,30}") {
            let _ = substitute_text(&text, &env());
        }
    }
}
