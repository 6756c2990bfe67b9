//! An answer, put together from its pieces.

use super::{ModelEvent, ModelRef, StopReason, Usage};
use crate::message::{AssistantBlock, AssistantMessage};

/// An answer as far as it has arrived.
#[derive(Debug, Default)]
pub struct Reply {
    blocks: Vec<AssistantBlock>,
    open: Open,
    usage: Usage,
    stop: Option<StopReason>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Text,
    Thinking,
}

impl Reply {
    /// Takes the next piece.
    pub fn on(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::Text(more) => {
                if self.open == Open::Text
                    && let Some(AssistantBlock::Text { text }) = self.blocks.last_mut()
                {
                    text.push_str(more);
                } else {
                    self.blocks
                        .push(AssistantBlock::Text { text: more.clone() });
                    self.open = Open::Text;
                }
            }
            ModelEvent::TextEnd => self.open = Open::Nothing,
            ModelEvent::Thinking(more) => self.thought().push_str(more),
            ModelEvent::ThinkingEnd { signature } => {
                if self.open == Open::Thinking || signature.is_some() {
                    self.thought();
                }
                if let Some(AssistantBlock::Thinking {
                    signature: ours, ..
                }) = self.blocks.last_mut()
                {
                    ours.clone_from(signature);
                }
                self.open = Open::Nothing;
            }
            ModelEvent::ToolCall(call) => {
                self.open = Open::Nothing;
                self.blocks.push(AssistantBlock::ToolCall(call.clone()));
            }
            ModelEvent::Usage(usage) => self.usage = *usage,
            ModelEvent::Stop(stop) => self.stop = Some(*stop),
        }
    }

    fn thought(&mut self) -> &mut String {
        let is_open = self.open == Open::Thinking
            && matches!(self.blocks.last(), Some(AssistantBlock::Thinking { .. }));
        if !is_open {
            self.blocks.push(AssistantBlock::Thinking {
                thinking: String::new(),
                signature: None,
            });
            self.open = Open::Thinking;
        }
        match self.blocks.last_mut() {
            Some(AssistantBlock::Thinking { thinking, .. }) => thinking,
            _ => unreachable!("a thought was just begun"),
        }
    }

    /// Something for the user has arrived.
    pub fn has_text(&self) -> bool {
        self.blocks
            .iter()
            .any(|block| matches!(block, AssistantBlock::Text { text } if !text.is_empty()))
    }

    /// The answer is complete.
    pub const fn is_complete(&self) -> bool {
        self.stop.is_some()
    }

    /// The message. One that is not complete ends for the reason given, and makes no calls:
    /// they might be cut short.
    pub fn finish(mut self, model: &ModelRef, if_incomplete: StopReason) -> AssistantMessage {
        if self.stop.is_none() {
            self.blocks
                .retain(|block| !matches!(block, AssistantBlock::ToolCall(_)));
        }
        AssistantMessage {
            content: self.blocks,
            model: Some(model.clone()),
            usage: self.usage,
            stop_reason: self.stop.unwrap_or(if_incomplete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ToolCall;

    fn put(events: &[ModelEvent]) -> Reply {
        let mut reply = Reply::default();
        events.iter().for_each(|event| reply.on(event));
        reply
    }

    fn call() -> ModelEvent {
        ModelEvent::ToolCall(ToolCall {
            id: "c".into(),
            name: "t".into(),
            arguments: "{}".into(),
        })
    }

    #[test]
    fn pieces_become_blocks() {
        let reply = put(&[
            ModelEvent::Thinking("h".into()),
            ModelEvent::Thinking("m".into()),
            ModelEvent::ThinkingEnd {
                signature: Some("s".into()),
            },
            ModelEvent::ThinkingEnd {
                signature: Some("hidden".into()),
            },
            ModelEvent::Text("a".into()),
            ModelEvent::Text("b".into()),
            ModelEvent::TextEnd,
            ModelEvent::Text("c".into()),
            call(),
            ModelEvent::Stop(StopReason::ToolUse),
        ]);
        assert!(reply.is_complete() && reply.has_text());
        let message = reply.finish(&ModelRef::new("p", "m"), StopReason::Error);
        assert_eq!(message.stop_reason, StopReason::ToolUse);
        assert_eq!(
            message.content[..4],
            [
                AssistantBlock::Thinking {
                    thinking: "hm".into(),
                    signature: Some("s".into())
                },
                AssistantBlock::Thinking {
                    thinking: String::new(),
                    signature: Some("hidden".into())
                },
                AssistantBlock::Text { text: "ab".into() },
                AssistantBlock::Text { text: "c".into() },
            ]
        );
    }

    #[test]
    fn an_answer_that_broke_off_makes_no_calls() {
        let message = put(&[ModelEvent::Text("a".into()), call()])
            .finish(&ModelRef::new("p", "m"), StopReason::Aborted);
        assert_eq!(message.stop_reason, StopReason::Aborted);
        assert_eq!(message.calls().count(), 0);
    }
}
