//! Arguments of a tool in a stored message: an object where the model wrote one, else the text.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    match serde_json::from_str::<Value>(text) {
        Ok(object @ Value::Object(_)) => object.serialize(serializer),
        Ok(_) | Err(_) => serializer.serialize_str(text),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        object @ Value::Object(_) => Ok(object.to_string()),
        other => Err(D::Error::custom(format_args!(
            "arguments are an object or a text, not `{other}`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use crate::message::ToolCall;

    fn round(arguments: &str) -> (serde_json::Value, String) {
        let call = ToolCall {
            id: "1".into(),
            name: "t".into(),
            arguments: arguments.into(),
        };
        let json = serde_json::to_value(&call).unwrap();
        let back: ToolCall = serde_json::from_value(json.clone()).unwrap();
        (json["arguments"].clone(), back.arguments)
    }

    #[test]
    fn what_is_no_object_stays_as_it_was_written() {
        for text in ["", "{\"a\":", "null", "[1]", "\"quoted\"", "7"] {
            let (json, back) = round(text);
            assert_eq!(json, text);
            assert_eq!(back, text);
        }
    }

    #[test]
    fn an_object_is_stored_as_one() {
        let (json, back) = round(r#"{"b":1,"a":[true]}"#);
        assert!(json.is_object());
        assert_eq!(back, r#"{"b":1,"a":[true]}"#);
    }
}
