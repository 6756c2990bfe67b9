//! How the answer is read.

use serde_json::Value;

use super::super::parts::{Budget, PartialCall, check_calls, count, json, text};
use super::super::{Decoder, WireFault};
use crate::model::sse::SseEvent;
use crate::model::{ModelEvent, StopReason, Usage};

/// Reads `message_*` and `content_block_*` events.
#[derive(Debug, Default)]
pub(in super::super) struct MessagesDecoder {
    budget: Budget,
    usage: Usage,
    /// The block that is arriving. Blocks come one after another.
    block: Block,
    calls: usize,
    cut_call: bool,
    stop: Option<StopReason>,
    begun: bool,
    stopped: bool,
}

#[derive(Debug, Default)]
enum Block {
    #[default]
    None,
    Text,
    Thinking {
        signature: String,
    },
    Redacted {
        data: String,
    },
    Call(PartialCall),
}

impl Decoder for MessagesDecoder {
    fn on(&mut self, event: &SseEvent) -> Result<Vec<ModelEvent>, WireFault> {
        let data = event.data.trim();
        if data.is_empty() || self.stopped {
            return Ok(Vec::new());
        }
        let body = json(data)?;
        match text(&body, "/type") {
            "message_start" => {
                self.begun = true;
                self.count(&body, "/message/usage");
                Ok(vec![ModelEvent::Usage(self.usage)])
            }
            "content_block_start" => self.begin(&body),
            "content_block_delta" => self.grow(&body),
            "content_block_stop" => self.end_block(),
            "message_delta" => {
                self.count(&body, "/usage");
                if let Some(reason) = body.pointer("/delta/stop_reason").and_then(Value::as_str) {
                    self.stop = Some(match reason {
                        "max_tokens" | "model_context_window_exceeded" => StopReason::Length,
                        "tool_use" => StopReason::ToolUse,
                        "refusal" => StopReason::Refusal,
                        _ => StopReason::Stop,
                    });
                }
                Ok(vec![ModelEvent::Usage(self.usage)])
            }
            "message_stop" => self.finish(),
            "error" => Err(WireFault::told(&body)),
            "" => Err(match body.get("error") {
                Some(_) => WireFault::told(&body),
                None => WireFault::garbage("an event without `type`"),
            }),
            _ => Ok(Vec::new()),
        }
    }

    fn at_end(&mut self) -> Result<Vec<ModelEvent>, WireFault> {
        match (self.stopped, self.begun) {
            (true, _) => Ok(Vec::new()),
            (false, true) => Err(WireFault::broken(
                "the stream ended in the middle of the answer",
            )),
            (false, false) => Err(WireFault::broken(
                "the stream ended before the answer began",
            )),
        }
    }
}

impl MessagesDecoder {
    fn count(&mut self, body: &Value, at: &str) {
        let Some(usage) = body.pointer(at) else {
            return;
        };
        for (ours, theirs) in [
            (&mut self.usage.input, "/input_tokens"),
            (&mut self.usage.output, "/output_tokens"),
            (&mut self.usage.cache_read, "/cache_read_input_tokens"),
            (&mut self.usage.cache_write, "/cache_creation_input_tokens"),
        ] {
            if let Some(said) = count(usage, theirs) {
                *ours = said;
            }
        }
    }

    fn begin(&mut self, body: &Value) -> Result<Vec<ModelEvent>, WireFault> {
        let mut out = self.end_block()?;
        self.block = match text(body, "/content_block/type") {
            "text" => {
                let said = text(body, "/content_block/text");
                self.budget.take(said.len())?;
                if !said.is_empty() {
                    out.push(ModelEvent::Text(said.to_owned()));
                }
                Block::Text
            }
            "thinking" => Block::Thinking {
                signature: String::new(),
            },
            "redacted_thinking" => {
                let data = text(body, "/content_block/data");
                self.budget.take(data.len())?;
                Block::Redacted {
                    data: data.to_owned(),
                }
            }
            "tool_use" => {
                self.calls += 1;
                check_calls(self.calls)?;
                let mut call = PartialCall {
                    id: text(body, "/content_block/id").chars().take(256).collect(),
                    name: text(body, "/content_block/name")
                        .chars()
                        .take(256)
                        .collect(),
                    arguments: String::new(),
                };
                // The input stands here empty and arrives in pieces; some servers give it whole.
                if let Some(Value::Object(input)) = body.pointer("/content_block/input")
                    && !input.is_empty()
                {
                    call.grow(&Value::Object(input.clone()).to_string())?;
                }
                Block::Call(call)
            }
            _ => Block::None,
        };
        Ok(out)
    }

    fn grow(&mut self, body: &Value) -> Result<Vec<ModelEvent>, WireFault> {
        let piece = |path| text(body, path);
        match (text(body, "/delta/type"), &mut self.block) {
            ("text_delta", _) => {
                let said = piece("/delta/text");
                self.budget.take(said.len())?;
                Ok(vec![ModelEvent::Text(said.to_owned())])
            }
            ("thinking_delta", _) => {
                let thought = piece("/delta/thinking");
                self.budget.take(thought.len())?;
                Ok(vec![ModelEvent::Thinking(thought.to_owned())])
            }
            ("signature_delta", Block::Thinking { signature }) => {
                let more = piece("/delta/signature");
                self.budget.take(more.len())?;
                signature.push_str(more);
                Ok(Vec::new())
            }
            ("input_json_delta", Block::Call(call)) => {
                let more = piece("/delta/partial_json");
                self.budget.take(more.len())?;
                call.grow(more)?;
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn end_block(&mut self) -> Result<Vec<ModelEvent>, WireFault> {
        Ok(match std::mem::take(&mut self.block) {
            Block::None => Vec::new(),
            Block::Text => vec![ModelEvent::TextEnd],
            Block::Thinking { signature } => {
                let signature = (!signature.is_empty()).then_some(signature);
                vec![ModelEvent::ThinkingEnd { signature }]
            }
            Block::Redacted { data } => vec![ModelEvent::ThinkingEnd {
                signature: Some(data),
            }],
            Block::Call(call) => {
                self.cut_call = serde_json::from_str::<Value>(&call.arguments).is_err()
                    && !call.arguments.is_empty();
                vec![ModelEvent::ToolCall(call.finish())]
            }
        })
    }

    fn finish(&mut self) -> Result<Vec<ModelEvent>, WireFault> {
        let mut out = self.end_block()?;
        let stop = match self.stop.unwrap_or(StopReason::Stop) {
            StopReason::Length if self.cut_call => {
                return Err(WireFault::cut_call());
            }
            StopReason::Stop if self.calls > 0 => StopReason::ToolUse,
            other => other,
        };
        out.push(ModelEvent::Stop(stop));
        self.stopped = true;
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
