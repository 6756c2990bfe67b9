//! Answers of `/v1/chat/completions`, whole and in pieces.

use axum::http::StatusCode;
use openclaw_agent::message::ToolCall;
use serde_json::{Value, json};

use crate::api::fault::ApiFault;
use crate::api::run::tokens;
use crate::api::sse::{Out, Teller};
use crate::runs::Ended;

/// What all pieces of an answer have in common.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) created: u64,
    pub(super) model: String,
}

impl Head {
    fn object(&self, kind: &str, choices: &[Value]) -> Value {
        json!({
            "id": self.id, "object": kind, "created": self.created, "model": self.model,
            "choices": choices,
        })
    }

    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Value {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        self.object("chat.completion.chunk", &[choice])
    }
}

/// Checks that a required call was made.
///
/// # Errors
///
/// 502 if it was not.
pub(in crate::api) fn check_required(is_required: bool, ended: &Ended) -> Result<(), ApiFault> {
    if is_required && ended.client_calls.is_empty() {
        let why = "the model answered without the tool call that `tool_choice` requires";
        return Err(
            ApiFault::new(StatusCode::BAD_GATEWAY, "api_error", why).with_code("tool_call_missing")
        );
    }
    Ok(())
}

/// The whole answer.
pub(super) fn whole(head: &Head, text: &str, ended: &Ended) -> Value {
    let mut message = json!({ "role": "assistant", "content": text });
    if !ended.client_calls.is_empty() {
        message["tool_calls"] = ended.client_calls.iter().map(tool_call).collect();
    }
    let choice = json!({ "index": 0, "message": message, "finish_reason": finish(ended) });
    let mut whole = head.object("chat.completion", &[choice]);
    whole["usage"] = usage(ended);
    whole
}

fn tool_call(call: &ToolCall) -> Value {
    json!({
        "id": call.id, "type": "function",
        "function": { "name": call.name, "arguments": call.arguments },
    })
}

fn usage(ended: &Ended) -> Value {
    let (read, written) = tokens(&ended.usage);
    json!({
        "prompt_tokens": read, "completion_tokens": written,
        "total_tokens": read.saturating_add(written),
        "prompt_tokens_details": { "cached_tokens": ended.usage.cache_read },
    })
}

fn finish(ended: &Ended) -> &'static str {
    match ended.stop_reason.as_deref() {
        _ if !ended.client_calls.is_empty() => "tool_calls",
        Some("length") => "length",
        Some("refusal") => "content_filter",
        _ => "stop",
    }
}

/// Tells an answer in pieces.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) head: Head,
    pub(super) include_usage: bool,
    pub(super) is_required: bool,
    /// What was said while it was not clear whether the required call comes.
    pub(super) held: String,
}

impl Teller for Pieces {
    fn begins(&mut self, out: &mut Out) {
        let delta = json!({ "role": "assistant", "content": "" });
        out.data(&self.head.chunk(&delta, None));
    }

    fn says(&mut self, text: &str, out: &mut Out) {
        if self.is_required {
            self.held.push_str(text);
            return;
        }
        out.data(&self.head.chunk(&json!({ "content": text }), None));
    }

    fn ends(&mut self, ended: &Ended, out: &mut Out) {
        if let Err(fault) = check_required(self.is_required, ended) {
            return self.fails(&fault, out);
        }
        if !self.held.is_empty() {
            out.data(&self.head.chunk(&json!({ "content": self.held }), None));
        }
        for (index, call) in ended.client_calls.iter().enumerate() {
            let mut one = tool_call(call);
            one["index"] = index.into();
            out.data(&self.head.chunk(&json!({ "tool_calls": [one] }), None));
        }
        out.data(&self.head.chunk(&json!({}), Some(finish(ended))));
        if self.include_usage {
            let mut last = self.head.object("chat.completion.chunk", &[]);
            last["usage"] = usage(ended);
            out.data(&last);
        }
    }

    fn fails(&mut self, fault: &ApiFault, out: &mut Out) {
        out.data(&fault.openai());
    }
}
