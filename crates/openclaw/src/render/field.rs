//! Reading answers of Gateways of any version: what is absent or of another shape is not shown,
//! and never an error.

use serde_json::Value;

/// The text at this key.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// The number at this key.
pub(crate) fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}

/// Whether it says yes at this key.
pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The list at this key; empty where there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The texts in the list at this key.
pub(crate) fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    list(value, key).iter().filter_map(Value::as_str).collect()
}

/// The texts in the list at this key, joined.
pub(crate) fn joined(value: &Value, key: &str) -> String {
    texts(value, key).join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{flag, joined, list, number, text};

    #[test]
    fn other_shapes_are_absent() {
        let value = json!({ "a": 1, "b": " ", "c": ["x", 2, "y"], "d": null, "e": true });
        assert_eq!(text(&value, "a"), None);
        assert_eq!(text(&value, "b"), None);
        assert_eq!(number(&value, "a"), Some(1));
        assert_eq!(number(&value, "c"), None);
        assert_eq!(joined(&value, "c"), "x, y");
        assert!(list(&value, "d").is_empty());
        assert!(flag(&value, "e") && !flag(&value, "a"));
    }
}
