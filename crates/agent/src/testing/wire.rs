//! Answers in the formats of all interfaces.

use serde_json::{Value, json};

use crate::model::Api;

/// Says one answer in one interface.
#[derive(Debug)]
pub(super) struct Voice {
    api: Api,
    /// The next block, call or item.
    at: usize,
    in_text: bool,
    calls: usize,
    usage: (u64, u64),
}

impl Voice {
    pub(super) const fn new(api: Api) -> Self {
        Self {
            api,
            at: 0,
            in_text: false,
            calls: 0,
            usage: (0, 0),
        }
    }

    /// An event, as its interface writes events.
    fn event(&self, kind: &str, mut data: Value) -> String {
        match self.api {
            Api::OpenAiChat => format!("data: {data}\n\n"),
            Api::OpenAiResponses | Api::Anthropic => {
                data["type"] = kind.into();
                format!("event: {kind}\ndata: {data}\n\n")
            }
        }
    }

    fn choice(&self, delta: &Value, finish: Option<&str>) -> String {
        let data = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake-1",
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
        });
        self.event("", data)
    }

    pub(super) fn begin(&self) -> String {
        match self.api {
            Api::OpenAiChat => self.choice(&json!({ "role": "assistant", "content": "" }), None),
            Api::OpenAiResponses => self.event(
                "response.created",
                json!({ "response": { "id": "resp_1", "status": "in_progress" } }),
            ),
            Api::Anthropic => self.event(
                "message_start",
                json!({ "message": {
                    "id": "msg_1", "role": "assistant", "content": [], "model": "fake-1",
                    "usage": { "input_tokens": 10, "output_tokens": 1 },
                } }),
            ),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> String {
        let mut out = String::new();
        let begins = !std::mem::replace(&mut self.in_text, true);
        match self.api {
            Api::OpenAiChat => out.push_str(&self.choice(&json!({ "content": text }), None)),
            Api::OpenAiResponses => {
                if begins {
                    let item = json!({
                        "output_index": self.at,
                        "item": { "type": "message", "id": "msg_1", "role": "assistant", "content": [] },
                    });
                    out.push_str(&self.event("response.output_item.added", item));
                }
                let delta = json!({
                    "item_id": "msg_1", "output_index": self.at, "content_index": 0, "delta": text,
                });
                out.push_str(&self.event("response.output_text.delta", delta));
            }
            Api::Anthropic => {
                if begins {
                    let block = json!({
                        "index": self.at, "content_block": { "type": "text", "text": "" },
                    });
                    out.push_str(&self.event("content_block_start", block));
                }
                let delta = json!({
                    "index": self.at, "delta": { "type": "text_delta", "text": text },
                });
                out.push_str(&self.event("content_block_delta", delta));
            }
        }
        out
    }

    fn text_ends(&mut self) -> String {
        if !std::mem::take(&mut self.in_text) {
            return String::new();
        }
        let at = self.at;
        self.at += 1;
        match self.api {
            Api::OpenAiChat => String::new(),
            Api::OpenAiResponses => self.event(
                "response.output_item.done",
                json!({ "output_index": at, "item": { "type": "message", "id": "msg_1" } }),
            ),
            Api::Anthropic => self.event("content_block_stop", json!({ "index": at })),
        }
    }

    pub(super) fn call(&mut self, id: &str, name: &str, arguments: &str) -> String {
        let mut out = self.text_ends();
        match self.api {
            Api::OpenAiChat => {
                let call = json!({ "tool_calls": [{
                    "index": self.calls, "id": id, "type": "function",
                    "function": { "name": name, "arguments": arguments },
                }] });
                out.push_str(&self.choice(&call, None));
            }
            Api::OpenAiResponses => {
                let at = self.at;
                let item = |arguments: &str| {
                    json!({ "output_index": at, "item": {
                        "type": "function_call", "id": format!("fc_{id}"), "call_id": id,
                        "name": name, "arguments": arguments,
                    } })
                };
                out.push_str(&self.event("response.output_item.added", item("")));
                let delta = json!({
                    "item_id": format!("fc_{id}"), "output_index": at, "delta": arguments,
                });
                out.push_str(&self.event("response.function_call_arguments.delta", delta));
                out.push_str(&self.event("response.output_item.done", item(arguments)));
            }
            Api::Anthropic => {
                let block = json!({ "index": self.at, "content_block": {
                    "type": "tool_use", "id": id, "name": name, "input": {},
                } });
                out.push_str(&self.event("content_block_start", block));
                let delta = json!({
                    "index": self.at,
                    "delta": { "type": "input_json_delta", "partial_json": arguments },
                });
                out.push_str(&self.event("content_block_delta", delta));
                out.push_str(&self.event("content_block_stop", json!({ "index": self.at })));
            }
        }
        self.at += 1;
        self.calls += 1;
        out
    }

    pub(super) const fn usage(&mut self, input: u64, output: u64) {
        self.usage = (input, output);
    }

    pub(super) fn end(&mut self) -> String {
        let mut out = self.text_ends();
        let (input, output) = self.usage;
        let has_calls = self.calls > 0;
        match self.api {
            Api::OpenAiChat => {
                let why = if has_calls { "tool_calls" } else { "stop" };
                out.push_str(&self.choice(&json!({}), Some(why)));
                let usage = json!({
                    "id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [],
                    "usage": {
                        "prompt_tokens": input, "completion_tokens": output,
                        "total_tokens": input + output,
                    },
                });
                out.push_str(&self.event("", usage));
                out.push_str("data: [DONE]\n\n");
            }
            Api::OpenAiResponses => {
                let done = json!({ "response": {
                    "id": "resp_1", "status": "completed",
                    "usage": {
                        "input_tokens": input, "output_tokens": output,
                        "total_tokens": input + output,
                    },
                } });
                out.push_str(&self.event("response.completed", done));
            }
            Api::Anthropic => {
                let why = if has_calls { "tool_use" } else { "end_turn" };
                let delta = json!({
                    "delta": { "stop_reason": why },
                    "usage": { "input_tokens": input, "output_tokens": output },
                });
                out.push_str(&self.event("message_delta", delta));
                out.push_str(&self.event("message_stop", json!({})));
            }
        }
        out
    }

    pub(super) fn fail(&self, why: &str) -> String {
        match self.api {
            Api::OpenAiChat => self.event(
                "",
                json!({ "error": { "message": why, "type": "server_error" } }),
            ),
            Api::OpenAiResponses => self.event(
                "response.failed",
                json!({ "response": {
                    "status": "failed", "error": { "code": "server_error", "message": why },
                } }),
            ),
            Api::Anthropic => self.event(
                "error",
                json!({ "error": { "type": "api_error", "message": why } }),
            ),
        }
    }
}

/// The last text of the user in a request of any interface, and the results of tools after it.
pub(super) fn conversation(body: &Value) -> (String, Vec<String>) {
    let messages = body["messages"].as_array().or(body["input"].as_array());
    let (mut question, mut results) = (String::new(), Vec::new());
    for message in messages.into_iter().flatten() {
        let role = message["role"].as_str().unwrap_or_default();
        let kind = message["type"].as_str().unwrap_or_default();
        if role == "tool" {
            results.push(text_of(&message["content"]));
        } else if kind == "function_call_output" {
            results.push(text_of(&message["output"]));
        } else if role == "user" {
            let mut is_result = false;
            for piece in message["content"].as_array().into_iter().flatten() {
                if piece["type"] == "tool_result" {
                    is_result = true;
                    results.push(text_of(&piece["content"]));
                }
            }
            let text = text_of(&message["content"]);
            if !is_result && !text.is_empty() {
                question = text;
                results.clear();
            }
        }
    }
    (question, results)
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(pieces) => pieces
            .iter()
            .filter_map(|piece| piece["text"].as_str())
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}
