//! How the answer is read.

use serde_json::Value;

use super::super::parts::{Budget, PartialCall, check_calls, count, json, text};
use super::super::{Decoder, WireFault};
use crate::model::sse::SseEvent;
use crate::model::{ModelEvent, StopReason, Usage};

/// Reads `chat.completion.chunk`s.
#[derive(Debug, Default)]
pub(in super::super) struct ChatDecoder {
    budget: Budget,
    calls: Vec<Slot>,
    stop: Option<StopReason>,
    thinking: bool,
    seen: bool,
    stopped: bool,
}

#[derive(Debug, Default)]
struct Slot {
    index: Option<u64>,
    call: PartialCall,
}

impl Decoder for ChatDecoder {
    fn on(&mut self, event: &SseEvent) -> Result<Vec<ModelEvent>, WireFault> {
        let data = event.data.trim();
        if data.is_empty() || self.stopped {
            return Ok(Vec::new());
        }
        if data == "[DONE]" {
            return self.finish();
        }
        let chunk = json(data)?;
        if event.name == "error" || chunk.get("error").is_some_and(|error| !error.is_null()) {
            return Err(WireFault::told(&chunk));
        }
        let mut out = Vec::new();
        if chunk.get("choices").is_none() && chunk.get("usage").is_none() {
            let head: String = data.chars().take(80).collect();
            return Err(WireFault::garbage(format!(
                "an event without `choices`: `{head}`"
            )));
        }
        self.seen = true;
        if let Some(choice) = chunk.pointer("/choices/0") {
            self.choice(choice, &mut out)?;
        }
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            out.push(ModelEvent::Usage(read_usage(usage)));
        }
        Ok(out)
    }

    fn at_end(&mut self) -> Result<Vec<ModelEvent>, WireFault> {
        match (self.stopped, self.stop, self.seen) {
            (true, _, _) => Ok(Vec::new()),
            (false, Some(_), _) => self.finish(),
            (false, None, true) => Err(WireFault::broken(
                "the stream ended in the middle of the answer",
            )),
            (false, None, false) => Err(WireFault::broken(
                "the stream ended before the answer began",
            )),
        }
    }
}

impl ChatDecoder {
    fn choice(&mut self, choice: &Value, out: &mut Vec<ModelEvent>) -> Result<(), WireFault> {
        let thought = match text(choice, "/delta/reasoning_content") {
            "" => text(choice, "/delta/reasoning"),
            found => found,
        };
        if !thought.is_empty() {
            self.budget.take(thought.len())?;
            self.thinking = true;
            out.push(ModelEvent::Thinking(thought.to_owned()));
        }
        for path in ["/delta/content", "/delta/refusal"] {
            let said = text(choice, path);
            if !said.is_empty() {
                self.budget.take(said.len())?;
                self.end_thought(out);
                out.push(ModelEvent::Text(said.to_owned()));
            }
        }
        if let Some(pieces) = choice
            .pointer("/delta/tool_calls")
            .and_then(Value::as_array)
        {
            self.end_thought(out);
            for piece in pieces {
                self.call_piece(piece)?;
            }
        }
        if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
            self.stop = Some(match reason {
                "length" | "max_tokens" => StopReason::Length,
                "tool_calls" | "function_call" => StopReason::ToolUse,
                "content_filter" => StopReason::Refusal,
                _ => StopReason::Stop,
            });
        }
        Ok(())
    }

    fn end_thought(&mut self, out: &mut Vec<ModelEvent>) {
        if std::mem::take(&mut self.thinking) {
            out.push(ModelEvent::ThinkingEnd { signature: None });
        }
    }

    /// Servers differ: some leave the index out, some the id of later pieces, some send a
    /// whole call at once.
    fn call_piece(&mut self, piece: &Value) -> Result<(), WireFault> {
        let index = piece.get("index").and_then(Value::as_u64);
        let id = text(piece, "/id");
        let known = match index {
            Some(_) => self.calls.iter().position(|slot| slot.index == index),
            None if id.is_empty() => self.calls.len().checked_sub(1),
            None => self.calls.iter().position(|slot| slot.call.id == id),
        };
        let at = known.unwrap_or_else(|| {
            self.calls.push(Slot {
                index,
                call: PartialCall::default(),
            });
            self.calls.len() - 1
        });
        check_calls(self.calls.len())?;
        let slot = &mut self.calls[at];
        if slot.call.id.is_empty() {
            slot.call.id = id.chars().take(256).collect();
        }
        if slot.call.name.is_empty() {
            slot.call.name = text(piece, "/function/name").chars().take(256).collect();
        }
        match piece.pointer("/function/arguments") {
            Some(Value::String(more)) => {
                slot.call.grow(more)?;
                self.budget.take(more.len())
            }
            Some(object @ Value::Object(_)) => slot.call.grow(&object.to_string()),
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<Vec<ModelEvent>, WireFault> {
        let mut out = Vec::new();
        self.end_thought(&mut out);
        let stop = self.stop.unwrap_or(StopReason::Stop);
        // An answer that ran out of room may have cut a call short: such a call is not made.
        let calls = std::mem::take(&mut self.calls);
        let has_calls = !calls.is_empty();
        if has_calls && stop == StopReason::Length {
            return Err(WireFault::cut_call());
        }
        for slot in calls {
            out.push(ModelEvent::ToolCall(slot.call.finish()));
        }
        let stop = match stop {
            StopReason::Stop if has_calls => StopReason::ToolUse,
            StopReason::ToolUse if !has_calls => StopReason::Stop,
            other => other,
        };
        out.push(ModelEvent::Stop(stop));
        self.stopped = true;
        Ok(out)
    }
}

fn read_usage(usage: &Value) -> Usage {
    let all = count(usage, "/prompt_tokens").unwrap_or_default();
    let cached = count(usage, "/prompt_tokens_details/cached_tokens")
        .unwrap_or_default()
        .min(all);
    Usage {
        input: all - cached,
        output: count(usage, "/completion_tokens").unwrap_or_default(),
        cache_read: cached,
        cache_write: 0,
    }
}

#[cfg(test)]
mod tests;
