//! The JSON Schema that the original publishes for protocol 4, and the names in it.

use std::path::Path;

use jsonschema::Registry;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Value, json};

use crate::failure::{Doing, Outcome, fail};

/// Results whose schema is not named after the method, as `(method, definition)`.
const RENAMED: &[(&str, &str)] = &[
    ("agent.identity.get", "AgentIdentityResult"),
    ("config.schema", "ConfigSchemaResponse"),
    ("exec.approvals.get", "ExecApprovalsSnapshot"),
    ("exec.approvals.set", "ExecApprovalsSnapshot"),
    ("exec.approvals.node.get", "ExecApprovalsNodeSnapshot"),
];

/// Payloads of events whose schema is not named after the event.
const RENAMED_EVENTS: &[(&str, &str)] = &[("agent", "AgentEvent"), ("chat", "ChatEvent")];

/// Fields that the newest original Gateway sends although the schema, which was published for a
/// somewhat older one, does not have them, as `(definition, field)`. Seen on 2026.9.6.
const NEWER: &[(&str, &str)] = &[
    ("HelloOk", "controlUiLinkReaders"),
    ("HelloOk", "cpuBreakdown"),
    ("HelloOk", "method"),
    ("ChannelsStatusResult", "cpuBreakdown"),
    ("ChannelsStatusResult", "statusIssues"),
    ("ConfigSchemaResponse", "groups"),
    ("PluginsListResult", "activityIconTools"),
    ("PluginsListResult", "catalogId"),
    ("PluginsListResult", "categories"),
    ("PluginsListResult", "channelIds"),
    ("PluginsListResult", "clawhubPackage"),
    ("PluginsListResult", "generation"),
    ("PluginsListResult", "hasActivityIcon"),
    ("PluginsListResult", "runtime"),
    ("SkillsProposalsListResult", "installedSkills"),
    ("SystemInfoResult", "disks"),
    ("SystemInfoResult", "eventLoop"),
    ("SystemInfoResult", "processMemory"),
    ("TalkCatalogResult", "activeVoiceSelectionPolicy"),
    ("TalkCatalogResult", "activeVoices"),
    ("ToolsCatalogResult", "fullDescription"),
];

/// Values that the newest original sends in another type than the schema says, as `(definition,
/// place)`. Seen on 2026.9.6: a fraction where an integer is published.
const LOOSE: &[(&str, &str)] = &[("ChannelsStatusResult", "/eventLoop/intervalMs")];

/// The published schema.
#[derive(Debug)]
pub(super) struct Published {
    id: String,
    definitions: Vec<String>,
    registry: Registry<'static>,
}

impl Published {
    /// Reads it.
    pub(super) fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).doing(format_args!("read {}", path.display()))?;
        let mut schema: Value = serde_json::from_str(&text).doing("read the published schema")?;
        drop_surrogate_patterns(&mut schema);
        let id = schema["$id"]
            .as_str()
            .doing("find `$id` in the published schema")?
            .to_owned();
        let definitions = schema["definitions"]
            .as_object()
            .doing("find `definitions` in the published schema")?
            .keys()
            .cloned()
            .collect();
        let registry = Registry::new()
            .add(id.clone(), schema)
            .doing("use the published schema")?
            .prepare()
            .doing("use the published schema")?;
        Ok(Self {
            id,
            definitions,
            registry,
        })
    }

    /// The definition of a method's result, if one is published.
    pub(super) fn result_of(&self, method: &str) -> Option<String> {
        let renamed = RENAMED.iter().find(|(name, _)| *name == method);
        self.known(renamed.map_or_else(
            || format!("{}Result", pascal(method)),
            |(_, name)| (*name).to_owned(),
        ))
    }

    /// The definition of an event's payload, if one is published.
    pub(super) fn payload_of(&self, event: &str) -> Option<String> {
        let renamed = RENAMED_EVENTS.iter().find(|(name, _)| *name == event);
        self.known(renamed.map_or_else(
            || format!("{}Event", pascal(event)),
            |(_, name)| (*name).to_owned(),
        ))
    }

    fn known(&self, name: String) -> Option<String> {
        self.definitions.contains(&name).then_some(name)
    }

    /// Fails with every violation unless the value is what the definition says.
    pub(super) fn check(&self, definition: &str, value: &Value) -> Outcome {
        let schema = json!({"$ref": format!("{}#/definitions/{definition}", self.id)});
        let validator = jsonschema::options()
            .with_registry(&self.registry)
            .build(&schema)
            .doing(format_args!("use the published `{definition}`"))?;
        let violations: Vec<String> = validator
            .iter_errors(value)
            .filter(|error| !is_newer(definition, error.kind()))
            .filter(|error| !LOOSE.contains(&(definition, error.instance_path().as_str())))
            .take(10)
            .map(|error| format!("at `{}`: {error}", error.instance_path()))
            .collect();
        if !violations.is_empty() {
            fail!(
                "not a published `{definition}`:\n{}\n{}",
                violations.join("\n"),
                super::cli::clip(&value.to_string())
            );
        }
        Ok(())
    }
}

/// Whether only fields that the newest original sends too are not in the schema.
fn is_newer(definition: &str, violation: &ValidationErrorKind) -> bool {
    matches!(violation, ValidationErrorKind::AdditionalProperties { unexpected }
        if unexpected.iter().all(|field| NEWER.contains(&(definition, field.as_str()))))
}

/// Removes patterns about lone surrogates: text in Rust has none, and its regular expressions do
/// not know them.
fn drop_surrogate_patterns(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let is_about_surrogates =
                |pattern: &Value| pattern.as_str().is_some_and(|text| text.contains("\\uD8"));
            if fields.get("pattern").is_some_and(is_about_surrogates) {
                fields.shift_remove("pattern");
            }
            fields.values_mut().for_each(drop_surrogate_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_surrogate_patterns),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `device.token.rotate` → `DeviceTokenRotate`.
fn pascal(name: &str) -> String {
    name.split(['.', '-', '_'])
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Published {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("schema.json");
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "https://example.org/protocol.json",
            "definitions": {
                "LogsTailResult": {
                    "type": "object",
                    "properties": {"lines": {"type": "array", "items": {"$ref": "#/definitions/Line"}}},
                    "required": ["lines"],
                    "additionalProperties": false,
                },
                "Line": {"type": "string"},
                "TickEvent": {"type": "object"},
                "SystemInfoResult": {
                    "type": "object",
                    "properties": {"name": {"type": "string", "pattern": "^[^\\uD800-\\uDFFF]+$"}},
                    "additionalProperties": false,
                },
            },
        });
        std::fs::write(&path, schema.to_string()).expect("written");
        Published::read(&path).expect("readable")
    }

    #[test]
    fn definitions_are_found_by_the_name_of_the_method() {
        let published = published();
        assert_eq!(
            published.result_of("logs.tail").as_deref(),
            Some("LogsTailResult")
        );
        assert_eq!(published.payload_of("tick").as_deref(), Some("TickEvent"));
        assert_eq!(published.result_of("health"), None);
        assert_eq!(pascal("system-presence"), "SystemPresence");
        assert_eq!(pascal("doctor.memory.dreamDiary"), "DoctorMemoryDreamDiary");
    }

    #[test]
    fn values_are_checked_through_references() {
        let published = published();
        assert!(
            published
                .check("LogsTailResult", &json!({"lines": ["a"]}))
                .is_ok()
        );
        for wrong in [
            json!({}),
            json!({"lines": [1]}),
            json!({"lines": [], "more": 1}),
            json!([]),
        ] {
            assert!(
                published.check("LogsTailResult", &wrong).is_err(),
                "{wrong}"
            );
        }
        assert!(published.check("NoSuchResult", &json!({})).is_err());
    }

    #[test]
    fn only_fields_of_the_newest_original_may_be_unknown() {
        let published = published();
        assert!(
            published
                .check("SystemInfoResult", &json!({"name": "x", "disks": []}))
                .is_ok()
        );
        assert!(
            published
                .check("SystemInfoResult", &json!({"disks": [], "bogus": 1}))
                .is_err()
        );
        assert!(
            published
                .check("LogsTailResult", &json!({"lines": [], "disks": []}))
                .is_err()
        );
    }
}
