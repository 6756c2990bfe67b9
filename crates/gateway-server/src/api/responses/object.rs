//! What `/v1/responses` answers: the response and its items.

use openclaw_agent::message::ToolCall;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::fault::ApiFault;
use crate::api::run::tokens;
use crate::runs::Ended;

/// What all states of a response have in common.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) created: u64,
    pub(super) model: String,
    pub(super) previous: Option<String>,
    /// `tools` and `tool_choice` of the request.
    pub(super) tools: Value,
    pub(super) tool_choice: Value,
}

impl Head {
    /// The response in this state.
    pub(super) fn response(&self, status: &str, output: &[Value]) -> Value {
        json!({
            "id": self.id, "object": "response", "created_at": self.created, "status": status,
            "model": self.model, "output": output, "error": null, "incomplete_details": null,
            "previous_response_id": self.previous, "parallel_tool_calls": true,
            "tools": self.tools, "tool_choice": self.tool_choice, "metadata": {}, "usage": null,
        })
    }

    /// The response as it ended.
    pub(super) fn ended(&self, output: &[Value], ended: &Ended) -> Value {
        let mut response = self.response(status(ended), output);
        if is_cut(ended) {
            response["incomplete_details"] = json!({ "reason": "max_output_tokens" });
        }
        response["usage"] = usage(ended);
        response
    }

    /// The response that failed.
    pub(super) fn failed(&self, output: &[Value], fault: &ApiFault) -> Value {
        let mut response = self.response("failed", output);
        let code = match fault.status.as_u16() {
            429 => "rate_limit_exceeded",
            _ => "server_error",
        };
        response["error"] = json!({ "code": code, "message": fault.message });
        response
    }
}

/// The answer was cut off by its limit.
fn is_cut(ended: &Ended) -> bool {
    ended.client_calls.is_empty() && ended.stop_reason.as_deref() == Some("length")
}

/// How it ended, in a word.
pub(super) fn status(ended: &Ended) -> &'static str {
    match is_cut(ended) {
        true => "incomplete",
        false => "completed",
    }
}

/// A message of the assistant.
pub(super) fn message(id: &str, text: Option<&str>, status: &str) -> Value {
    let content: Vec<Value> = text.into_iter().map(part).collect();
    json!({
        "type": "message", "id": id, "role": "assistant", "status": status, "content": content,
    })
}

/// The text of one.
pub(super) fn part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [] })
}

/// A call that the client is to make.
pub(super) fn function_call(id: &str, call: &ToolCall, is_done: bool) -> Value {
    let (arguments, status) = match is_done {
        true => (call.arguments.as_str(), "completed"),
        false => ("", "in_progress"),
    };
    json!({
        "type": "function_call", "id": id, "call_id": call.id, "name": call.name,
        "arguments": arguments, "status": status,
    })
}

/// The id of an item.
pub(super) fn item_id(begin: &str) -> String {
    format!("{begin}_{}", Uuid::new_v4().simple())
}

/// All items of an answer.
pub(super) fn output(text: &str, ended: &Ended) -> Vec<Value> {
    let mut items = Vec::new();
    if !text.is_empty() || ended.client_calls.is_empty() {
        items.push(message(&item_id("msg"), Some(text), status(ended)));
    }
    let calls = ended.client_calls.iter();
    items.extend(calls.map(|call| function_call(&item_id("fc"), call, true)));
    items
}

fn usage(ended: &Ended) -> Value {
    let (read, written) = tokens(&ended.usage);
    json!({
        "input_tokens": read, "output_tokens": written,
        "total_tokens": read.saturating_add(written),
        "input_tokens_details": { "cached_tokens": ended.usage.cache_read },
        "output_tokens_details": { "reasoning_tokens": 0 },
    })
}
