//! A strict shape inside a tolerant answer.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A value of a known shape, or one that this version does not know, kept as it came.
///
/// The strict `T` is what params take; an answer may hold what a newer Gateway added.
#[derive(Debug, Clone, PartialEq)]
pub enum Lenient<T> {
    /// The shape is known.
    Known(T),
    /// The shape is not known; the JSON is passed on unchanged.
    Other(Value),
}

impl<T> Lenient<T> {
    /// The value, if its shape is known.
    #[must_use]
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Other(_) => None,
        }
    }
}

impl<T> From<T> for Lenient<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: Serialize> Serialize for Lenient<T> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(s),
            Self::Other(value) => value.serialize(s),
        }
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(d)?;
        Ok(T::deserialize(&value).map_or_else(|_| Self::Other(value), Self::Known))
    }
}

impl<T: JsonSchema> JsonSchema for Lenient<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let known = generator.subschema_for::<T>();
        schemars::json_schema!({ "anyOf": [known, true] })
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::Lenient;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        a: u64,
    }

    #[test]
    fn what_is_not_known_is_kept() {
        let known: Lenient<Strict> = serde_json::from_value(json!({"a": 1})).unwrap();
        assert_eq!(known.known(), Some(&Strict { a: 1 }));
        for other in [
            json!({"a": 1, "b": 2}),
            json!({"kind": "new"}),
            json!(false),
        ] {
            let read: Lenient<Strict> = serde_json::from_value(other.clone()).unwrap();
            assert_eq!(read.known(), None);
            assert_eq!(serde_json::to_value(&read).unwrap(), other);
        }
    }
}
