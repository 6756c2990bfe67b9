//! Looking up and changing single keys of a configuration value.

use serde_json::{Map, Value};

use crate::config_path::{ConfigPath, Segment};
use crate::decode::{nearest, type_name};
use crate::source;

/// Why a key cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Nothing stands there.
    #[error("Config path not found: {0}")]
    NotFound(ConfigPath),
    /// Something that has no keys stands on the way.
    #[error("cannot set {path}: {at} holds a {found}; unset it first")]
    InTheWay {
        /// The path to set.
        path: ConfigPath,
        /// Where the way ends.
        at: ConfigPath,
        /// What stands there.
        found: &'static str,
    },
    /// An array has no such place and none just before it.
    #[error("cannot set {path}: {at} has {length} items")]
    OutOfRange {
        /// The path to set.
        path: ConfigPath,
        /// The array.
        at: ConfigPath,
        /// How many items it has.
        length: usize,
    },
    /// The value comes from an included file, which a change here cannot override.
    #[error("cannot change {path} here: it comes from the included file {file}; edit that file")]
    Included {
        /// The path to change.
        path: ConfigPath,
        /// The file.
        file: String,
    },
}

/// What stands at a path. A key of digits is also a place in an array, as in `agents.list.0`.
#[must_use]
pub fn get<'v>(root: &'v Value, path: &ConfigPath) -> Option<&'v Value> {
    path.segments()
        .iter()
        .try_fold(root, |value, segment| match value {
            Value::Object(map) => map.get(&key_of(segment)),
            Value::Array(items) => items.get(index_of(segment)?),
            _ => None,
        })
}

/// Puts a value at a path. Objects and arrays on the way are made; the place after the last of
/// an array appends.
///
/// # Errors
///
/// [`EditError::InTheWay`], [`EditError::OutOfRange`]; the value is then as it was.
pub fn set(root: &mut Value, path: &ConfigPath, value: Value) -> Result<(), EditError> {
    let mut changed = root.clone();
    let mut here = &mut changed;
    let mut at = ConfigPath::root();
    let mut rest = path.segments().iter().peekable();
    while let Some(segment) = rest.next() {
        let next = rest.peek().copied();
        let fresh = || match next {
            Some(Segment::Index(_)) => Value::Array(Vec::new()),
            Some(Segment::Key(_)) => Value::Object(Map::new()),
            None => Value::Null,
        };
        here = match here {
            Value::Object(map) => map.entry(key_of(segment)).or_insert_with(fresh),
            Value::Array(items) => {
                let length = items.len();
                let out_of_range = || EditError::OutOfRange {
                    path: path.clone(),
                    at: at.clone(),
                    length,
                };
                let index = index_of(segment).ok_or_else(out_of_range)?;
                if index == length {
                    items.push(fresh());
                }
                items.get_mut(index).ok_or_else(out_of_range)?
            }
            other => {
                let found = type_name(other);
                return Err(EditError::InTheWay {
                    path: path.clone(),
                    at,
                    found,
                });
            }
        };
        at.push(segment.clone());
    }
    *here = value;
    *root = changed;
    Ok(())
}

/// Takes away what stands at a path.
///
/// # Errors
///
/// [`EditError::NotFound`].
pub fn unset(root: &mut Value, path: &ConfigPath) -> Result<Value, EditError> {
    let not_found = || EditError::NotFound(path.clone());
    let (last, way) = path.segments().split_last().ok_or_else(not_found)?;
    let around = way.iter().try_fold(root, |value, segment| match value {
        Value::Object(map) => map.get_mut(&key_of(segment)),
        Value::Array(items) => items.get_mut(index_of(segment)?),
        _ => None,
    });
    match around.ok_or_else(not_found)? {
        Value::Object(map) => map.shift_remove(&key_of(last)).ok_or_else(not_found),
        Value::Array(items) => match index_of(last) {
            Some(index) if index < items.len() => Ok(items.remove(index)),
            _ => Err(not_found()),
        },
        _ => Err(not_found()),
    }
}

/// Lays a JSON merge patch (RFC 7396) over a value: `null` takes away, objects merge, anything
/// else replaces.
pub fn merge_patch(base: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        base.clone_from(patch);
        return;
    };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let Value::Object(base) = base else { return };
    for (key, value) in patch {
        if value.is_null() {
            base.shift_remove(key);
        } else {
            merge_patch(base.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Reads a value as `config set` does: JSON5, else the text itself.
#[must_use]
pub fn parse_value(text: &str) -> Value {
    source::parse(text).map_or_else(|_| Value::String(text.to_owned()), |parsed| parsed.value)
}

/// The known key most like an unknown one, for `did you mean`.
#[must_use]
pub fn nearest_key(path: &ConfigPath) -> Option<ConfigPath> {
    nearest(path)
}

fn key_of(segment: &Segment) -> String {
    match segment {
        Segment::Key(key) => key.clone(),
        Segment::Index(index) => index.to_string(),
    }
}

fn index_of(segment: &Segment) -> Option<usize> {
    match segment {
        Segment::Index(index) => Some(*index),
        Segment::Key(key) => key.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{get, merge_patch, parse_value, set, unset};
    use crate::config_path::{ConfigPath, Segment};

    fn path(text: &str) -> ConfigPath {
        text.parse().unwrap()
    }

    #[test]
    fn values_are_found_by_key_and_place() {
        let root = json!({"a": [{"b": 1}, 2], "c.d": {"0": "zero"}});
        for (at, expected) in [
            ("a[0].b", Some(json!(1))),
            ("a.0.b", Some(json!(1))),
            ("a[1]", Some(json!(2))),
            ("a[2]", None),
            ("a.x", None),
            (r"c\.d[0]", Some(json!("zero"))),
            (r"c\.d.0", Some(json!("zero"))),
            ("a[1].b", None),
        ] {
            assert_eq!(get(&root, &path(at)), expected.as_ref(), "{at}");
        }
        assert_eq!(get(&root, &ConfigPath::root()), Some(&root));
    }

    #[test]
    fn what_is_missing_on_the_way_is_made() {
        let mut root = json!({"keep": 1});
        set(&mut root, &path("agents.list[0].id"), json!("main")).unwrap();
        set(&mut root, &path("agents.list[1]"), json!("x")).unwrap();
        set(&mut root, &path("groups.123.ok"), json!(true)).unwrap();
        assert_eq!(
            root,
            json!({"keep": 1, "agents": {"list": [{"id": "main"}, "x"]}, "groups": {"123": {"ok": true}}})
        );
    }

    #[test]
    fn nothing_is_overwritten_on_the_way() {
        let before = json!({"a": "text", "b": [1]});
        for (at, expected) in [
            ("a.c", "cannot set a.c: a holds a string; unset it first"),
            ("b[2]", "cannot set b[2]: b has 1 items"),
            ("b.x", "cannot set b.x: b has 1 items"),
            ("new[3]", "cannot set new[3]: new has 0 items"),
        ] {
            let mut root = before.clone();
            assert_eq!(
                set(&mut root, &path(at), json!(1)).unwrap_err().to_string(),
                expected
            );
            assert_eq!(root, before, "{at}");
        }
    }

    #[test]
    fn unset_takes_away_and_keeps_the_order() {
        let mut root = json!({"z": 1, "y": [1, 2, 3], "x": 3, "w": 4});
        assert_eq!(unset(&mut root, &path("y[1]")), Ok(json!(2)));
        assert_eq!(unset(&mut root, &path("z")), Ok(json!(1)));
        assert_eq!(root.to_string(), r#"{"y":[1,3],"x":3,"w":4}"#);
        for at in ["z", "y[2]", "x.a", "q.r"] {
            let error = unset(&mut root, &path(at)).unwrap_err();
            assert_eq!(error.to_string(), format!("Config path not found: {at}"));
        }
    }

    #[test]
    fn values_are_json5_or_text() {
        for (text, expected) in [
            ("18789", json!(18_789)),
            ("true", json!(true)),
            ("{a: [1,]}", json!({"a": [1]})),
            ("'x'", json!("x")),
            ("lan", json!("lan")),
            ("null", json!(null)),
            ("", json!("")),
            ("https://x", json!("https://x")),
        ] {
            assert_eq!(parse_value(text), expected, "{text}");
        }
    }

    #[test]
    fn patches_merge_as_the_standard_says() {
        // The examples of RFC 7396, appendix A, that differ from one another.
        for (mut base, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!([1, 2]),
                json!({"a": "b", "c": null}),
                json!({"a": "b"}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            merge_patch(&mut base, &patch);
            assert_eq!(base, expected, "{patch}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec(("[a-d.]{0,3}", inner), 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    fn place() -> impl Strategy<Value = ConfigPath> {
        let segment = prop_oneof![
            "[a-d.]{0,3}".prop_map(Segment::Key),
            (0..3_usize).prop_map(Segment::Index),
        ];
        proptest::collection::vec(segment, 1..5).prop_map(ConfigPath::from)
    }

    proptest! {
        #[test]
        fn what_is_set_is_found(mut root in value(), at in place(), new in value()) {
            let before = root.clone();
            match set(&mut root, &at, new.clone()) {
                Ok(()) => prop_assert_eq!(get(&root, &at), Some(&new)),
                Err(_) => prop_assert_eq!(root, before),
            }
        }

        #[test]
        fn what_is_unset_is_gone_or_was_never_there(mut root in value(), at in place()) {
            let found = get(&root, &at).cloned();
            prop_assert_eq!(unset(&mut root, &at).ok(), found);
        }
    }
}
