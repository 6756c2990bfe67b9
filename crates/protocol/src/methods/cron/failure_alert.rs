//! When a failing job tells somebody.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::methods::cron::delivery::FailureMode;

/// When a failing job tells somebody. Since protocol 4.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailureAlertRule {
    /// After how many failures in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How long to keep quiet afterwards, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown_ms: Option<u64>,
    /// Whether skipped runs count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_skipped: Option<bool>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<FailureMode>,
    /// The account that sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

/// Whether and when a failing job tells somebody. Since protocol 4.
///
/// On the wire `false`, or the rule.
#[derive(Debug, Clone, PartialEq)]
pub enum FailureAlert {
    /// Never.
    Off,
    /// By this rule.
    On(FailureAlertRule),
}

impl Serialize for FailureAlert {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => s.serialize_bool(false),
            Self::On(rule) => rule.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for FailureAlert {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct OffOrRule;
        impl<'de> de::Visitor<'de> for OffOrRule {
            type Value = FailureAlert;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("false or object")
            }
            fn visit_bool<E: de::Error>(self, on: bool) -> Result<FailureAlert, E> {
                if on {
                    return Err(E::invalid_value(de::Unexpected::Bool(on), &self));
                }
                Ok(FailureAlert::Off)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<FailureAlert, A::Error> {
                FailureAlertRule::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(FailureAlert::On)
            }
        }
        d.deserialize_any(OffOrRule)
    }
}

impl JsonSchema for FailureAlert {
    fn schema_name() -> Cow<'static, str> {
        "FailureAlert".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let rule = generator.subschema_for::<FailureAlertRule>();
        schemars::json_schema!({ "anyOf": [{ "const": false }, rule] })
    }
}

#[cfg(test)]
mod tests {
    use super::FailureAlert;

    #[test]
    fn off_and_rules_are_read_and_nothing_else() {
        for text in ["false", r#"{"after":3}"#, "{}"] {
            let alert: FailureAlert = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&alert).unwrap(), text);
        }
        for wrong in ["true", "null", "1", r#"{"nope":1}"#] {
            assert!(
                serde_json::from_str::<FailureAlert>(wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
