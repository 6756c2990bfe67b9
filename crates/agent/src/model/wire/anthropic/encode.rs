//! What is sent.

use serde_json::{Map, Value, json};

use super::super::parts::{arguments_object, plain_id};
use crate::message::history::well_formed;
use crate::message::{AssistantBlock, AssistantMessage, Content, Message};
use crate::model::{ModelInfo, ModelRequest};

/// The body of a request. The system prompt and the end of the conversation are marked to be
/// cached.
pub(in super::super) fn body(info: &ModelInfo, request: &ModelRequest) -> Value {
    let most = request
        .max_tokens
        .unwrap_or(info.spec.max_tokens)
        .min(info.spec.max_tokens);
    let mut body = Map::new();
    body.insert("model".into(), json!(info.spec.id));
    body.insert("max_tokens".into(), json!(most));
    body.insert("stream".into(), json!(true));
    if !request.system.is_empty() {
        let system = json!([{"type": "text", "text": request.system, "cache_control": cached()}]);
        body.insert("system".into(), system);
    }
    body.insert("messages".into(), Value::Array(messages(info, request)));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({"name": tool.name, "description": tool.description,
                   "input_schema": tool.parameters})
        });
        body.insert("tools".into(), tools.collect());
    }
    if info.spec.reasoning
        && let Some(budget) = request.thinking.budget()
    {
        // The budget is a part of what may be written, and at least 1024.
        let budget = budget.min(most.saturating_sub(512));
        if budget >= 1024 {
            body.insert(
                "thinking".into(),
                json!({"type": "enabled", "budget_tokens": budget}),
            );
        }
    }
    Value::Object(body)
}

fn cached() -> Value {
    json!({"type": "ephemeral"})
}

fn messages(info: &ModelInfo, request: &ModelRequest) -> Vec<Value> {
    let mut turns: Vec<(&'static str, Vec<Value>)> = Vec::new();
    let mut say = |role: &'static str, parts: Vec<Value>| match turns.last_mut() {
        _ if parts.is_empty() => {}
        Some((last, content)) if *last == role => content.extend(parts),
        _ => turns.push((role, parts)),
    };
    for message in well_formed(&request.messages) {
        match message {
            Message::User(user) => say("user", content(&user.content, info.spec.images)),
            Message::Assistant(reply) => say("assistant", assistant(info, &reply)),
            Message::ToolResult(result) => {
                let mut part = json!({"type": "tool_result",
                                      "tool_use_id": plain_id(&result.tool_call_id),
                                      "content": content(&result.content, info.spec.images)});
                if result.is_error {
                    part["is_error"] = json!(true);
                }
                say("user", vec![part]);
            }
        }
    }
    if turns.first().is_some_and(|(role, _)| *role == "assistant") {
        turns.insert(
            0,
            ("user", vec![json!({"type": "text", "text": "(continued)"})]),
        );
    }
    if let Some(("user", parts)) = turns.last_mut()
        && let Some(Value::Object(last)) = parts.last_mut()
    {
        last.insert("cache_control".into(), cached());
    }
    turns
        .into_iter()
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect()
}

fn content(content: &[Content], sees: bool) -> Vec<Value> {
    let parts = content
        .iter()
        .filter(|piece| piece.len_bytes() > 0)
        .map(|piece| match piece {
            Content::Text { text } => json!({"type": "text", "text": text}),
            Content::Image(image) if sees => json!({"type": "image", "source": {
                "type": "base64", "media_type": image.mime_type, "data": image.data,
            }}),
            Content::Image(image) => json!({"type": "text", "text": format!(
                "[a picture, {}, which this model cannot see]", image.mime_type
            )}),
        });
    parts.collect()
}

fn assistant(info: &ModelInfo, reply: &AssistantMessage) -> Vec<Value> {
    let is_same = reply.model.as_ref() == Some(&info.reference);
    let mut parts = Vec::new();
    for block in &reply.content {
        match block {
            // A text of white space alone is refused.
            AssistantBlock::Text { text } if text.trim().is_empty() => {}
            AssistantBlock::Text { text } => parts.push(json!({"type": "text", "text": text})),
            AssistantBlock::ToolCall(call) => parts.push(json!({
                "type": "tool_use", "id": plain_id(&call.id), "name": plain_id(&call.name),
                "input": arguments_object(&call.arguments),
            })),
            AssistantBlock::Thinking {
                thinking,
                signature: Some(signature),
            } if is_same => {
                parts.push(match thinking.is_empty() {
                    true => json!({"type": "redacted_thinking", "data": signature}),
                    false => {
                        json!({"type": "thinking", "thinking": thinking, "signature": signature})
                    }
                });
            }
            AssistantBlock::Thinking { .. } => {}
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Image, ToolCall, ToolResultMessage};
    use crate::model::testing::{info, tool_spec};
    use crate::model::{Api, ModelRef, StopReason, Thinking, Usage};

    fn talk(model: ModelRef) -> ModelRequest {
        let call = |id: &str| ToolCall {
            id: id.into(),
            name: "look".into(),
            arguments: "{\"a\":1}".into(),
        };
        let mut seen = ToolResultMessage::error(&call("c1"), "seen");
        seen.is_error = false;
        seen.content.push(Content::Image(Image {
            data: "AAAA".into(),
            mime_type: "image/png".into(),
        }));
        ModelRequest {
            system: "Be brief.".into(),
            messages: vec![
                Message::user("hi"),
                Message::Assistant(AssistantMessage {
                    content: vec![
                        AssistantBlock::Thinking {
                            thinking: "hm".into(),
                            signature: Some("sig".into()),
                        },
                        AssistantBlock::Text { text: "\n".into() },
                        AssistantBlock::ToolCall(call("c1")),
                        AssistantBlock::ToolCall(call("c 2")),
                    ],
                    model: Some(model),
                    usage: Usage::default(),
                    stop_reason: StopReason::ToolUse,
                }),
                Message::ToolResult(seen),
                Message::ToolResult(ToolResultMessage::error(&call("c 2"), "no")),
                Message::user("and?"),
            ],
            tools: vec![tool_spec("look")],
            thinking: Thinking::Low,
            ..ModelRequest::default()
        }
    }

    #[test]
    fn a_conversation_is_written_in_the_interfaces_words() {
        let mut info = info();
        info.api = Api::Anthropic;
        info.spec.images = true;
        info.spec.reasoning = true;
        let other = plain_id("c 2");
        let sent = body(&info, &talk(info.reference.clone()));
        assert_eq!(
            sent,
            json!({
                "model": "fake-1",
                "max_tokens": 8192,
                "stream": true,
                "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "hi"}]},
                    {"role": "assistant", "content": [
                        {"type": "thinking", "thinking": "hm", "signature": "sig"},
                        {"type": "tool_use", "id": "c1", "name": "look", "input": {"a": 1}},
                        {"type": "tool_use", "id": other, "name": "look", "input": {"a": 1}}]},
                    {"role": "user", "content": [
                        {"type": "tool_result", "tool_use_id": "c1", "content": [
                            {"type": "text", "text": "seen"},
                            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]},
                        {"type": "tool_result", "tool_use_id": other, "is_error": true,
                         "content": [{"type": "text", "text": "no"}]},
                        {"type": "text", "text": "and?", "cache_control": {"type": "ephemeral"}}]}
                ],
                "tools": [{"name": "look", "description": "A tool.", "input_schema": {"type": "object"}}],
                "thinking": {"type": "enabled", "budget_tokens": 4096}
            })
        );
    }

    #[test]
    fn thoughts_of_another_model_are_not_sent_and_small_budgets_not_asked() {
        let mut info = info();
        info.spec.reasoning = true;
        let request = ModelRequest {
            max_tokens: Some(1200),
            ..talk(ModelRef::new("other", "m"))
        };
        let sent = body(&info, &request);
        assert!(!sent.to_string().contains("\"sig\""));
        assert!(sent.get("thinking").is_none());
    }

    #[test]
    fn a_conversation_begins_with_the_user() {
        let mut request = talk(info().reference);
        request.messages.remove(0);
        let sent = body(&info(), &request);
        assert_eq!(sent["messages"][0]["role"], "user");
    }
}
