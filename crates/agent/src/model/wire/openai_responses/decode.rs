//! How the answer is read.

use serde_json::Value;

use super::super::parts::{Budget, PartialCall, check_calls, count, json, text};
use super::super::{Decoder, WireFault};
use crate::model::sse::SseEvent;
use crate::model::{ModelEvent, StopReason, Usage};

/// Reads `response.*` events.
#[derive(Debug, Default)]
pub(in super::super) struct ResponsesDecoder {
    budget: Budget,
    /// Calls whose arguments are arriving, by the index of their item.
    open: Vec<(u64, PartialCall)>,
    calls: usize,
    stopped: bool,
}

impl Decoder for ResponsesDecoder {
    fn on(&mut self, event: &SseEvent) -> Result<Vec<ModelEvent>, WireFault> {
        let data = event.data.trim();
        if data.is_empty() || data == "[DONE]" || self.stopped {
            return Ok(Vec::new());
        }
        let body = json(data)?;
        let kind = match text(&body, "/type") {
            "" => event.name.as_str(),
            kind => kind,
        };
        if kind.is_empty() {
            let is_error = body.get("error").is_some();
            let head: String = data.chars().take(80).collect();
            return Err(match is_error {
                true => WireFault::told(&body),
                false => WireFault::garbage(format!("an event without `type`: `{head}`")),
            });
        }
        self.event(kind, &body)
    }

    fn at_end(&mut self) -> Result<Vec<ModelEvent>, WireFault> {
        match self.stopped {
            true => Ok(Vec::new()),
            false => Err(WireFault::broken(
                "the stream ended before the answer was complete",
            )),
        }
    }
}

impl ResponsesDecoder {
    fn event(&mut self, kind: &str, body: &Value) -> Result<Vec<ModelEvent>, WireFault> {
        let index = count(body, "/output_index").unwrap_or_default();
        Ok(match kind {
            "response.output_text.delta" | "response.refusal.delta" => {
                let said = text(body, "/delta");
                self.budget.take(said.len())?;
                one(!said.is_empty(), ModelEvent::Text(said.to_owned()))
            }
            "response.output_text.done" => vec![ModelEvent::TextEnd],
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                let thought = text(body, "/delta");
                self.budget.take(thought.len())?;
                one(
                    !thought.is_empty(),
                    ModelEvent::Thinking(thought.to_owned()),
                )
            }
            "response.output_item.added" if text(body, "/item/type") == "function_call" => {
                let mut call = PartialCall {
                    id: text(body, "/item/call_id").chars().take(256).collect(),
                    name: text(body, "/item/name").chars().take(256).collect(),
                    arguments: String::new(),
                };
                call.grow(text(body, "/item/arguments"))?;
                self.calls += 1;
                check_calls(self.calls)?;
                self.open.push((index, call));
                Vec::new()
            }
            "response.function_call_arguments.delta" => {
                let more = text(body, "/delta");
                self.budget.take(more.len())?;
                if let Some((_, call)) = self.open.iter_mut().find(|(at, _)| *at == index) {
                    call.grow(more)?;
                }
                Vec::new()
            }
            "response.output_item.done" => self.item_done(index, body)?,
            "response.completed" | "response.incomplete" => self.finish(body)?,
            "response.failed" => {
                let failed = body.get("response").unwrap_or(body);
                return Err(WireFault::told(failed));
            }
            "error" => return Err(WireFault::told(body)),
            _ => Vec::new(),
        })
    }

    fn item_done(&mut self, index: u64, body: &Value) -> Result<Vec<ModelEvent>, WireFault> {
        let Some(item) = body.get("item") else {
            return Ok(Vec::new());
        };
        Ok(match text(item, "/type") {
            "function_call" => {
                let known = self.open.iter().position(|(at, _)| *at == index);
                let mut call = match known {
                    Some(at) => self.open.remove(at).1,
                    None => {
                        self.calls += 1;
                        check_calls(self.calls)?;
                        PartialCall::default()
                    }
                };
                // The complete item has the last word.
                for (ours, theirs) in [(&mut call.id, "/call_id"), (&mut call.name, "/name")] {
                    let said = text(item, theirs);
                    if !said.is_empty() {
                        *ours = said.chars().take(256).collect();
                    }
                }
                if let Some(whole) = item.get("arguments").and_then(Value::as_str) {
                    call.arguments.clear();
                    call.grow(whole)?;
                }
                let is_cut = text(item, "/status") == "incomplete";
                one(!is_cut, ModelEvent::ToolCall(call.finish()))
            }
            "reasoning" => {
                let signature = item
                    .get("encrypted_content")
                    .is_some_and(Value::is_string)
                    .then(|| kept_thought(item));
                vec![ModelEvent::ThinkingEnd { signature }]
            }
            _ => Vec::new(),
        })
    }

    fn finish(&mut self, body: &Value) -> Result<Vec<ModelEvent>, WireFault> {
        let stop = match text(body, "/response/incomplete_details/reason") {
            "" if self.calls > 0 => StopReason::ToolUse,
            "" => StopReason::Stop,
            "content_filter" => StopReason::Refusal,
            _ if self.calls > 0 => {
                return Err(WireFault::cut_call());
            }
            _ => StopReason::Length,
        };
        let mut out = Vec::new();
        if let Some(usage) = body
            .pointer("/response/usage")
            .filter(|usage| usage.is_object())
        {
            out.push(ModelEvent::Usage(read_usage(usage)));
        }
        out.push(ModelEvent::Stop(stop));
        self.stopped = true;
        Ok(out)
    }
}

fn one(is_there: bool, event: ModelEvent) -> Vec<ModelEvent> {
    if is_there { vec![event] } else { Vec::new() }
}

/// What of a thought has to be sent back.
fn kept_thought(item: &Value) -> String {
    let mut kept = serde_json::Map::new();
    for key in ["type", "id", "summary", "encrypted_content"] {
        if let Some(value) = item.get(key) {
            kept.insert(key.into(), value.clone());
        }
    }
    Value::Object(kept).to_string()
}

fn read_usage(usage: &Value) -> Usage {
    let all = count(usage, "/input_tokens").unwrap_or_default();
    let cached = count(usage, "/input_tokens_details/cached_tokens")
        .unwrap_or_default()
        .min(all);
    Usage {
        input: all - cached,
        output: count(usage, "/output_tokens").unwrap_or_default(),
        cache_read: cached,
        cache_write: 0,
    }
}

#[cfg(test)]
mod tests;
