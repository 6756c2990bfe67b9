//! Questions about JSON values that several targets ask.

use serde_json::Value;

/// Whether a number in it is no integer: such numbers may differ in the last digit after they
/// are written and read again.
pub(crate) fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(map) => map.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// Whether this text is part of a key anywhere in it.
pub(crate) fn has_in_key(value: &Value, part: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| has_in_key(item, part)),
        Value::Object(map) => map
            .iter()
            .any(|(key, item)| key.contains(part) || has_in_key(item, part)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
