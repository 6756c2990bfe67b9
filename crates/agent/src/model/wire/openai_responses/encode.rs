//! What is sent.

use serde_json::{Map, Value, json};

use super::super::parts::{arguments_text, data_url, plain_id, split};
use crate::message::history::well_formed;
use crate::message::{AssistantBlock, AssistantMessage, Content, Message};
use crate::model::{ModelInfo, ModelRequest};

/// The body of a request. Nothing is kept at the provider: the whole conversation is sent, and
/// thoughts come back encrypted.
pub(in super::super) fn body(info: &ModelInfo, request: &ModelRequest) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(info.spec.id));
    if !request.system.is_empty() {
        body.insert("instructions".into(), json!(request.system));
    }
    body.insert("input".into(), Value::Array(input(info, request)));
    body.insert("stream".into(), json!(true));
    body.insert("store".into(), json!(false));
    let most = request
        .max_tokens
        .unwrap_or(info.spec.max_tokens)
        .min(info.spec.max_tokens);
    body.insert("max_output_tokens".into(), json!(most));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({"type": "function", "name": tool.name, "description": tool.description,
                   "parameters": tool.parameters, "strict": false})
        });
        body.insert("tools".into(), tools.collect());
    }
    if info.spec.reasoning {
        body.insert("include".into(), json!(["reasoning.encrypted_content"]));
        if let Some(effort) = request.thinking.effort() {
            body.insert(
                "reasoning".into(),
                json!({"effort": effort, "summary": "auto"}),
            );
        }
    }
    if let Some(key) = &request.cache_key {
        body.insert("prompt_cache_key".into(), json!(key));
    }
    Value::Object(body)
}

fn input(info: &ModelInfo, request: &ModelRequest) -> Vec<Value> {
    let mut out = Vec::new();
    for message in well_formed(&request.messages) {
        match message {
            Message::User(user) => {
                out.push(json!({"type": "message", "role": "user",
                                "content": parts(&user.content, info.spec.images)}));
            }
            Message::Assistant(reply) => assistant(info, &reply, &mut out),
            Message::ToolResult(result) => {
                let (text, images) = split(&result.content, info.spec.images);
                let output = match images.is_empty() {
                    true if text.is_empty() => json!("(no output)"),
                    true => json!(text),
                    false => parts(&result.content, true),
                };
                out.push(json!({"type": "function_call_output",
                                "call_id": plain_id(&result.tool_call_id), "output": output}));
            }
        }
    }
    out
}

fn parts(content: &[Content], sees: bool) -> Value {
    let (text, images) = split(content, sees);
    let mut parts = Vec::new();
    if !text.is_empty() {
        parts.push(json!({"type": "input_text", "text": text}));
    }
    for image in images {
        parts.push(json!({"type": "input_image", "detail": "auto", "image_url": data_url(image)}));
    }
    Value::Array(parts)
}

fn assistant(info: &ModelInfo, reply: &AssistantMessage, out: &mut Vec<Value>) {
    let is_same = reply.model.as_ref() == Some(&info.reference);
    for block in &reply.content {
        match block {
            AssistantBlock::Text { text } => out.push(json!({
                "type": "message", "role": "assistant",
                "content": [{"type": "output_text", "text": text, "annotations": []}],
            })),
            AssistantBlock::ToolCall(call) => out.push(json!({
                "type": "function_call", "call_id": plain_id(&call.id),
                "name": plain_id(&call.name), "arguments": arguments_text(&call.arguments),
            })),
            AssistantBlock::Thinking {
                signature: Some(item),
                ..
            } if is_same => {
                if let Ok(item @ Value::Object(_)) = serde_json::from_str(item) {
                    out.push(item);
                }
            }
            AssistantBlock::Thinking { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Image, ToolCall, ToolResultMessage};
    use crate::model::testing::{info, tool_spec};
    use crate::model::{ModelRef, StopReason, Thinking, Usage};

    fn talk(model: ModelRef) -> ModelRequest {
        let call = ToolCall {
            id: "c1".into(),
            name: "look".into(),
            arguments: "oops".into(),
        };
        let item = r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"xyz"}"#;
        let mut result = ToolResultMessage::error(&call, "seen");
        result.content.push(Content::Image(Image {
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
                            signature: Some(item.into()),
                        },
                        AssistantBlock::Text {
                            text: "Let me look.".into(),
                        },
                        AssistantBlock::ToolCall(call),
                    ],
                    model: Some(model),
                    usage: Usage::default(),
                    stop_reason: StopReason::ToolUse,
                }),
                Message::ToolResult(result),
            ],
            tools: vec![tool_spec("look")],
            thinking: Thinking::High,
            ..ModelRequest::default()
        }
    }

    #[test]
    fn a_conversation_is_written_in_the_interfaces_words() {
        let mut info = info();
        info.spec.images = true;
        info.spec.reasoning = true;
        let sent = body(&info, &talk(info.reference.clone()));
        assert_eq!(
            sent,
            json!({
                "model": "fake-1",
                "instructions": "Be brief.",
                "input": [
                    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
                    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "xyz"},
                    {"type": "message", "role": "assistant", "content": [
                        {"type": "output_text", "text": "Let me look.", "annotations": []}]},
                    {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
                    {"type": "function_call_output", "call_id": "c1", "output": [
                        {"type": "input_text", "text": "seen"},
                        {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AAAA"}]}
                ],
                "stream": true,
                "store": false,
                "max_output_tokens": 8192,
                "tools": [{"type": "function", "name": "look", "description": "A tool.",
                           "parameters": {"type": "object"}, "strict": false}],
                "include": ["reasoning.encrypted_content"],
                "reasoning": {"effort": "high", "summary": "auto"}
            })
        );
    }

    #[test]
    fn thoughts_of_another_model_are_not_sent() {
        let sent = body(&info(), &talk(ModelRef::new("other", "m")));
        assert!(!sent.to_string().contains("rs_1"));
        assert!(
            sent.get("reasoning").is_none(),
            "a model that cannot think is not asked to"
        );
    }
}
