//! Arguments of tools: one Rust type gives the schema and reads what the model wrote.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ToolError;

/// The JSON Schema of a type, as providers like it: no references, no annotations that only
/// some of them know.
pub fn parameters<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    tidy(&mut schema);
    if let Value::Object(object) = &mut schema {
        object.entry("type").or_insert_with(|| "object".into());
        object
            .entry("properties")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    schema
}

/// Takes away what models do not need: titles of types, number formats, `null` beside a type.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("type") || object.contains_key("$schema") {
                object.remove("title");
                object.remove("$schema");
                object.remove("format");
                object.remove("default");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|one| one != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(values)) = object.get_mut("enum") {
                values.retain(|one| !one.is_null());
            }
            if let Some(Value::Array(any)) = object.get_mut("anyOf") {
                any.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
                if let [Value::Object(only)] = any.as_slice() {
                    let only = only.clone();
                    object.remove("anyOf");
                    for (key, value) in only {
                        object.entry(key).or_insert(value);
                    }
                }
            }
            for (_, value) in object.iter_mut() {
                tidy(value);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Reads what the model wrote. No text at all counts as `{}`.
///
/// Errors: [`ToolError::Arguments`] with the place and what was expected there.
pub fn arguments<T: DeserializeOwned>(text: &str) -> Result<T, ToolError> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let why = error.into_inner();
        let why = match why.is_syntax() || why.is_eof() {
            true => format!("this is no JSON ({why})"),
            false => why.to_string(),
        };
        ToolError::Arguments {
            path,
            why: why.chars().take(600).collect(),
        }
    })?;
    reader
        .end()
        .map_err(|_| ToolError::arguments("", "something follows the JSON object"))?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Args {
        /// What to do.
        action: Action,
        /// For how long, in milliseconds.
        timeout_ms: Option<u64>,
        near: Option<Place>,
        title: Option<String>,
    }

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Action {
        Look,
        GoThere,
    }

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Place {
        x: i32,
    }

    #[test]
    fn a_schema_is_plain() {
        let schema = parameters::<Args>();
        assert_eq!(
            schema,
            serde_json::json!({
                "type": "object",
                "properties": {
                    "action": {"description": "What to do.", "type": "string", "enum": ["look", "go_there"]},
                    "timeoutMs": {"description": "For how long, in milliseconds.", "type": "integer", "minimum": 0},
                    "near": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
                    "title": {"type": "string"}
                },
                "additionalProperties": false,
                "required": ["action"]
            })
        );
    }

    #[test]
    fn arguments_are_read() {
        let read: Args = arguments(r#"{"action":"go_there","timeoutMs":5}"#).unwrap();
        assert_eq!(
            read,
            Args {
                action: Action::GoThere,
                timeout_ms: Some(5),
                near: None,
                title: None
            }
        );
    }

    #[test]
    fn the_model_is_told_what_is_wrong_and_where() {
        let told = |text: &str| arguments::<Args>(text).unwrap_err().to_string();
        assert!(told(r#"{"action":"fly"}"#).contains("at `action`: unknown variant `fly`"));
        assert!(told(r#"{"action":"look","near":{"x":"1"}}"#).contains("`near.x`"));
        assert!(told(r#"{"action":"look","speed":1}"#).contains("unknown field `speed`"));
        assert!(told("").contains("missing field `action`"));
        assert!(told(r#"{"action":"look""#).contains("no JSON"));
        assert!(told(r#"{"action":"look"} and more"#).contains("follows"));
    }
}
