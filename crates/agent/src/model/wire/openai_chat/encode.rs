//! What is sent.

use serde_json::{Map, Value, json};

use super::super::parts::{arguments_text, data_url, plain_id, split};
use crate::message::history::well_formed;
use crate::message::{AssistantMessage, Image, Message};
use crate::model::{ModelInfo, ModelRequest};

/// The body of a request.
pub(in super::super) fn body(info: &ModelInfo, request: &ModelRequest) -> Value {
    let compat = info.spec.compat;
    let mut body = Map::new();
    body.insert("model".into(), json!(info.spec.id));
    body.insert("messages".into(), Value::Array(messages(info, request)));
    body.insert("stream".into(), json!(true));
    if compat.usage_in_stream.unwrap_or(true) {
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    let is_home = info.host == "api.openai.com";
    let name = match compat.max_completion_tokens.unwrap_or(is_home) {
        true => "max_completion_tokens",
        false => "max_tokens",
    };
    let most = request
        .max_tokens
        .unwrap_or(info.spec.max_tokens)
        .min(info.spec.max_tokens);
    body.insert(name.into(), json!(most));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({"type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.parameters,
            }})
        });
        body.insert("tools".into(), tools.collect());
    }
    if info.spec.reasoning
        && let Some(effort) = request.thinking.effort()
    {
        body.insert("reasoning_effort".into(), json!(effort));
    }
    if is_home && let Some(key) = &request.cache_key {
        body.insert("prompt_cache_key".into(), json!(key));
    }
    Value::Object(body)
}

fn messages(info: &ModelInfo, request: &ModelRequest) -> Vec<Value> {
    let sees = info.spec.images;
    let mut out = Vec::new();
    if !request.system.is_empty() {
        let role = match info.spec.compat.developer_role.unwrap_or(false) {
            true => "developer",
            false => "system",
        };
        out.push(json!({"role": role, "content": request.system}));
    }
    // A tool's answer can hold no picture here: pictures follow the answers as the user's.
    let mut shown: Vec<Image> = Vec::new();
    for message in well_formed(&request.messages) {
        match message {
            Message::ToolResult(result) => {
                let (mut text, images) = split(&result.content, sees);
                if text.is_empty() {
                    text = if images.is_empty() {
                        "(no output)"
                    } else {
                        "(see the picture)"
                    }
                    .into();
                }
                shown.extend(images.into_iter().cloned());
                let id = plain_id(&result.tool_call_id);
                out.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
                continue;
            }
            Message::User(user) => {
                flush(&mut shown, &mut out);
                let (text, images) = split(&user.content, sees);
                out.push(json!({"role": "user", "content": content(text, &images)}));
            }
            Message::Assistant(reply) => {
                flush(&mut shown, &mut out);
                out.push(assistant(&reply));
            }
        }
    }
    flush(&mut shown, &mut out);
    out
}

fn flush(shown: &mut Vec<Image>, out: &mut Vec<Value>) {
    if shown.is_empty() {
        return;
    }
    let text = "Pictures from the results of the tools above:".to_owned();
    let images: Vec<&Image> = shown.iter().collect();
    out.push(json!({"role": "user", "content": content(text, &images)}));
    shown.clear();
}

fn content(text: String, images: &[&Image]) -> Value {
    if images.is_empty() {
        return Value::String(text);
    }
    let mut parts = Vec::new();
    if !text.is_empty() {
        parts.push(json!({"type": "text", "text": text}));
    }
    for image in images {
        parts.push(json!({"type": "image_url", "image_url": {"url": data_url(image)}}));
    }
    Value::Array(parts)
}

fn assistant(reply: &AssistantMessage) -> Value {
    let text = reply.text();
    let calls: Vec<Value> = reply
        .calls()
        .map(|call| {
            json!({"id": plain_id(&call.id), "type": "function", "function": {
                "name": plain_id(&call.name), "arguments": arguments_text(&call.arguments),
            }})
        })
        .collect();
    let mut out = Map::new();
    out.insert("role".into(), json!("assistant"));
    let content = if text.is_empty() {
        Value::Null
    } else {
        Value::String(text)
    };
    out.insert("content".into(), content);
    if !calls.is_empty() {
        out.insert("tool_calls".into(), Value::Array(calls));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{AssistantBlock, Content, ToolCall, ToolResultMessage};
    use crate::model::testing::{info, tool_spec};
    use crate::model::{StopReason, Thinking, Usage};

    fn picture() -> Content {
        Content::Image(Image {
            data: "AAAA".into(),
            mime_type: "image/png".into(),
        })
    }

    fn talk() -> ModelRequest {
        let call = ToolCall {
            id: "c1".into(),
            name: "look".into(),
            arguments: "{\"a\":1}".into(),
        };
        let mut result = ToolResultMessage::error(&call, "seen");
        result.content.push(picture());
        ModelRequest {
            system: "Be brief.".into(),
            messages: vec![
                Message::user("hi"),
                Message::Assistant(AssistantMessage {
                    content: vec![
                        AssistantBlock::Thinking {
                            thinking: "hm".into(),
                            signature: None,
                        },
                        AssistantBlock::ToolCall(call),
                    ],
                    model: None,
                    usage: Usage::default(),
                    stop_reason: StopReason::ToolUse,
                }),
                Message::ToolResult(result),
            ],
            tools: vec![tool_spec("look")],
            ..ModelRequest::default()
        }
    }

    #[test]
    fn a_conversation_is_written_in_the_interfaces_words() {
        let mut info = info();
        info.spec.images = true;
        let sent = body(&info, &talk());
        assert_eq!(
            sent,
            json!({
                "model": "fake-1",
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": null, "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"a\":1}"}}
                    ]},
                    {"role": "tool", "tool_call_id": "c1", "content": "seen"},
                    {"role": "user", "content": [
                        {"type": "text", "text": "Pictures from the results of the tools above:"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
                    ]}
                ],
                "stream": true,
                "stream_options": {"include_usage": true},
                "max_tokens": 8192,
                "tools": [{"type": "function", "function": {
                    "name": "look", "description": "A tool.", "parameters": {"type": "object"}
                }}]
            })
        );
    }

    #[test]
    fn a_model_that_sees_nothing_gets_no_picture() {
        let sent = body(&info(), &talk());
        assert!(!sent.to_string().contains("image_url"));
        assert!(
            sent["messages"][3]["content"]
                .as_str()
                .unwrap()
                .contains("cannot see")
        );
    }

    #[test]
    fn a_server_that_differs_is_obeyed() {
        let mut info = info();
        info.spec.reasoning = true;
        info.spec.compat.usage_in_stream = Some(false);
        info.spec.compat.max_completion_tokens = Some(true);
        info.spec.compat.developer_role = Some(true);
        let request = ModelRequest {
            max_tokens: Some(100),
            thinking: Thinking::Low,
            ..talk()
        };
        let sent = body(&info, &request);
        assert!(sent.get("stream_options").is_none() && sent.get("max_tokens").is_none());
        assert_eq!(sent["max_completion_tokens"], 100);
        assert_eq!(sent["reasoning_effort"], "low");
        assert_eq!(sent["messages"][0]["role"], "developer");
    }
}
