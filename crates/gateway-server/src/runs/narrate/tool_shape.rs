//! How tools are shown.

use openclaw_agent::message::{Content, ToolCall, ToolResultMessage};
use openclaw_agent::tool::ToolOutput;
use serde_json::{Map, Value, json};

/// Makes an object of members.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// The arguments as the model wrote them; as text where they are no JSON.
pub(super) fn arguments(call: &ToolCall) -> Value {
    match serde_json::from_str(&call.arguments) {
        Ok(value) => value,
        Err(_) if call.arguments.trim().is_empty() => json!({}),
        Err(_) => Value::String(call.arguments.clone()),
    }
}

/// What a call does, on one line; `None` where nothing short says it.
pub(super) fn meta(call: &ToolCall) -> Option<String> {
    let arguments = arguments(call);
    let said = ["command", "path", "url", "action", "message", "query"]
        .iter()
        .find_map(|key| arguments.get(key)?.as_str())?;
    let line = said.lines().next().unwrap_or_default().trim();
    (!line.is_empty()).then(|| line.chars().take(120).collect())
}

/// The tool runs a command line.
pub(super) fn bears_command(call: &ToolCall) -> bool {
    call.name == "exec"
}

/// The name and what it does, for people.
pub(super) fn title(call: &ToolCall) -> String {
    let mut letters = call.name.chars();
    let name: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    match meta(call) {
        Some(meta) => format!("{name} {meta}"),
        None => name,
    }
}

fn shown(content: &[Content]) -> Vec<Value> {
    content
        .iter()
        .map(|piece| match piece {
            Content::Text { text } => json!({ "type": "text", "text": text }),
            // The bytes stand in the transcript.
            Content::Image(image) => json!({
                "type": "image", "mimeType": image.mime_type, "bytes": image.data.len() / 4 * 3,
                "omitted": true,
            }),
        })
        .collect()
}

/// What a call gave.
pub(super) fn result(result: &ToolResultMessage) -> Value {
    let mut value = json!({ "content": shown(&result.content) });
    if let Some(details) = &result.details {
        value["details"] = details.clone();
    }
    value
}

/// What a call has so far.
pub(super) fn partial(output: &ToolOutput) -> Value {
    let mut value = json!({ "content": shown(&output.content) });
    if let Some(details) = &output.details {
        value["details"] = details.clone();
    }
    value
}

/// All the text of a content.
pub(super) fn plain(content: &[Content]) -> String {
    content
        .iter()
        .filter_map(|piece| match piece {
            Content::Text { text } => Some(text.as_str()),
            Content::Image(_) => None,
        })
        .collect::<Vec<_>>()
        .join("\n")
}
