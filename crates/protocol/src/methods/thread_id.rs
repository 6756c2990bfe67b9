//! A thread of a channel: text or a number, as the channel has it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Number;

/// The id of a thread or message in a channel: a string in most, a number in some.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ThreadId {
    /// Text, `1700000000.000100` for example.
    Text(String),
    /// A number.
    Number(Number),
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl Serialize for ThreadId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => s.serialize_str(text),
            Self::Number(number) => number.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for ThreadId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct TextOrNumber;
        impl de::Visitor<'_> for TextOrNumber {
            type Value = ThreadId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("string or number")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ThreadId, E> {
                Ok(ThreadId::Text(text.to_owned()))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<ThreadId, E> {
                Ok(ThreadId::Number(number.into()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<ThreadId, E> {
                Ok(ThreadId::Number(number.into()))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<ThreadId, E> {
                Number::from_f64(number)
                    .map(ThreadId::Number)
                    .ok_or_else(|| E::custom("a finite number is expected"))
            }
        }
        d.deserialize_any(TextOrNumber)
    }
}

impl schemars::JsonSchema for ThreadId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ThreadId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "number"] })
    }
}

#[cfg(test)]
mod tests {
    use super::ThreadId;

    #[test]
    fn text_and_numbers_keep_their_kind() {
        for text in [r#""17.01""#, "42", "-7", "1.5"] {
            let id: ThreadId = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&id).unwrap(), text);
        }
        for wrong in ["null", "true", "[]", "{}"] {
            assert!(serde_json::from_str::<ThreadId>(wrong).is_err(), "{wrong}");
        }
    }
}
