//! The configuration with its defaults written out: what `config.get` calls `config`.

use serde_json::{Map, Value};

use crate::decode::{Kind, Section};
use crate::schema;

/// A copy of a configuration value in which every key of our sections that has a default and is
/// absent holds it. Keys whose default depends on something else, such as the profile, show the
/// usual one.
#[must_use]
pub fn with_defaults(value: &Value) -> Value {
    let mut copy = value.clone();
    if let Value::Object(map) = &mut copy {
        complete(map, schema::ROOT);
    }
    copy
}

fn complete(map: &mut Map<String, Value>, section: &Section) {
    for field in section.fields {
        if let (Kind::Section(below), Some(Value::Object(map))) =
            (field.kind, map.get_mut(field.key))
        {
            complete(map, below);
        } else if let (Kind::Section(below), false) = (field.kind, map.contains_key(field.key)) {
            // A section that demands keys of its own is absent unless somebody writes it.
            if below.fields.iter().any(|field| field.required) {
                continue;
            }
            let mut fresh = Map::new();
            complete(&mut fresh, below);
            if !fresh.is_empty() {
                map.insert(field.key.to_owned(), Value::Object(fresh));
            }
        } else if let (Some(default), false) = (field.default, map.contains_key(field.key)) {
            map.insert(field.key.to_owned(), default().value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::with_defaults;

    #[test]
    fn what_is_absent_is_written_out_and_what_is_there_stays() {
        let full = with_defaults(
            &json!({"channels": {"x": 1}, "gateway": {"port": 7, "tls": {"enabled": true}}}),
        );
        assert_eq!(full["channels"], json!({"x": 1}));
        assert_eq!(full["gateway"]["port"], 7);
        assert_eq!(full["gateway"]["bind"], "loopback");
        assert_eq!(
            full["gateway"]["tls"],
            json!({"enabled": true, "autoGenerate": true})
        );
        assert_eq!(full["gateway"]["auth"]["rateLimit"]["windowMs"], 60_000);
        assert_eq!(full["gateway"]["auth"].get("trustedProxy"), None);
        assert_eq!(full["gateway"].get("roles"), None);
        assert_eq!(full["logging"]["level"], "info");
        assert_eq!(with_defaults(&full), full);
    }
}
