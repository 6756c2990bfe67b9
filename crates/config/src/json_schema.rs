//! The configuration as JSON Schema, draft 07: for `config.schema`, editors and forms.

use serde_json::{Map, Value, json};

use crate::config_path::{ConfigPath, Segment};
use crate::decode::{Field, Kind, Note, Section, Unknown};
use crate::schema;

/// The schema of the whole configuration.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = object(schema::ROOT);
    if let Value::Object(map) = &mut schema {
        map.insert(
            "$schema".to_owned(),
            "http://json-schema.org/draft-07/schema#".into(),
        );
        map.insert("title".to_owned(), "OpenClaw configuration".into());
    }
    schema
}

/// The schema of what may stand at a path; `None` where nothing may.
#[must_use]
pub fn json_schema_at(path: &ConfigPath) -> Option<Value> {
    let mut kind = Kind::Section(schema::ROOT);
    let mut described = None;
    for segment in path.segments() {
        (kind, described) = below(kind, segment)?;
    }
    Some(described.map_or_else(|| of_kind(&kind), field_schema))
}

fn below(kind: Kind, segment: &Segment) -> Option<(Kind, Option<&'static Field>)> {
    match (kind, segment) {
        (Kind::Any, _) => Some((Kind::Any, None)),
        (Kind::Section(section), Segment::Key(key)) => match section.field(key) {
            Some(field) => Some((field.kind, Some(field))),
            None => match section.unknown {
                Unknown::Values(kind) => Some((kind, None)),
                Unknown::Refused | Unknown::Dropped => None,
            },
        },
        (Kind::Table(item), Segment::Key(_)) | (Kind::List(item), Segment::Index(_)) => {
            Some((*item, None))
        }
        (Kind::OneOf(kinds), segment) => kinds.iter().find_map(|kind| below(*kind, segment)),
        _ => None,
    }
}

fn object(section: &'static Section) -> Value {
    let fields = section
        .fields
        .iter()
        .map(|field| (field.key.to_owned(), field_schema(field)));
    let retired = section.retired.iter().map(|(key, note)| {
        (
            (*key).to_owned(),
            json!({"deprecated": true, "description": *note}),
        )
    });
    let properties: Map<_, _> = fields.chain(retired).collect();
    let required: Vec<_> = section
        .fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.key)
        .collect();
    let more = match section.unknown {
        Unknown::Refused => json!(false),
        Unknown::Dropped => json!(true),
        Unknown::Values(kind) => of_kind(&kind),
    };
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": more,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn field_schema(field: &'static Field) -> Value {
    let mut schema = of_kind(&field.kind);
    schema["description"] = plain(field.doc).into();
    if let Some(default) = field.default {
        schema["default"] = default().value;
    }
    if let Note::February(_) = field.note {
        schema["deprecated"] = true.into();
    }
    schema
}

fn of_kind(kind: &Kind) -> Value {
    match kind {
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Whole { min, max, .. } => {
            json!({"type": "integer", "minimum": min, "maximum": max})
        }
        Kind::Text(_) => json!({"type": "string"}),
        Kind::Words(words) => json!({"type": "string", "enum": words()}),
        Kind::Exactly(value) => json!({"const": value}),
        Kind::List(item) => json!({"type": "array", "items": of_kind(item)}),
        Kind::Table(item) => json!({"type": "object", "additionalProperties": of_kind(item)}),
        Kind::Section(section) => object(section),
        Kind::OneOf(kinds) => json!({"anyOf": kinds.iter().map(of_kind).collect::<Vec<_>>()}),
        Kind::Any => json!({}),
        Kind::Secret => json!({
            "anyOf": [
                {"type": "string", "writeOnly": true},
                {
                    "type": "object",
                    "properties": {
                        "source": {"type": "string", "enum": ["env", "file", "exec", "store"]},
                        "provider": {"type": "string"},
                        "id": {"type": "string"},
                    },
                    "required": ["source", "id"],
                    "additionalProperties": false,
                },
            ],
        }),
    }
}

/// A doc comment as one line.
pub(crate) fn plain(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{json_schema, json_schema_at};

    #[test]
    fn the_schema_says_what_the_decoder_does() {
        let schema = json_schema();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        assert_eq!(schema["additionalProperties"], false);
        let gateway = &schema["properties"]["gateway"];
        assert_eq!(gateway["additionalProperties"], false);
        let port = &gateway["properties"]["port"];
        assert_eq!(
            (
                &port["type"],
                &port["minimum"],
                &port["maximum"],
                &port["default"]
            ),
            (&json!("integer"), &json!(1), &json!(65_535), &json!(18_789))
        );
        assert_eq!(
            gateway["properties"]["bind"]["enum"],
            json!(["auto", "lan", "loopback", "custom", "tailnet"])
        );
        assert_eq!(gateway["properties"]["tls"]["additionalProperties"], true);
        assert_eq!(
            gateway["properties"]["nodes"]["properties"]["allowCommands"]["deprecated"],
            true
        );
        assert_eq!(
            gateway["properties"]["roles"]["required"],
            json!(["default", "definitions"])
        );
        assert_eq!(schema["properties"]["channels"]["type"], json!(null));
        assert!(schema["properties"]["env"]["additionalProperties"].is_object());
    }

    #[test]
    fn one_key_can_be_looked_up() {
        let at = |path: &str| json_schema_at(&path.parse().unwrap());
        assert_eq!(
            at("gateway.mode").unwrap()["enum"],
            json!(["local", "remote"])
        );
        assert_eq!(
            at("gateway.trustedProxies[0]").unwrap(),
            json!({"type": "string"})
        );
        assert!(at("gateway.nodes.pairing.sshVerify.user").is_some());
        assert!(at("channels.telegram.botToken").is_some());
        assert_eq!(at("gateway.nope"), None);
        assert_eq!(at("gateway.port.x"), None);
    }
}
