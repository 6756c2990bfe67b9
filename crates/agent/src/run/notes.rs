//! From what a call of a model tells to what the run tells.

use super::{RunEvent, RunSink};
use crate::model::{CallNote, CallSink, ModelEvent, Usage};

/// Tells the watcher of a run what one call of a model brings.
pub(super) struct Notes<'n> {
    pub(super) sink: &'n dyn RunSink,
    /// Which answer of the run, from 1.
    pub(super) answer: u32,
    /// What the run cost before this call.
    pub(super) before: Usage,
    pub(super) text: String,
    pub(super) thought: String,
    /// The next text is apart from the one before.
    pub(super) apart: bool,
}

impl<'n> Notes<'n> {
    pub(super) const fn new(sink: &'n dyn RunSink, answer: u32, before: Usage) -> Self {
        Self {
            sink,
            answer,
            before,
            text: String::new(),
            thought: String::new(),
            apart: false,
        }
    }

    fn say(&mut self, delta: &str, replace: bool) {
        self.text.push_str(delta);
        let (answer, text) = (self.answer, self.text.as_str());
        self.sink.on(RunEvent::Text {
            answer,
            text,
            delta,
            replace,
        });
    }

    fn event(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::Text(more) if more.is_empty() => {}
            ModelEvent::Text(more) => {
                if std::mem::take(&mut self.apart) && !self.text.is_empty() {
                    self.say(&format!("\n\n{more}"), false);
                } else {
                    self.say(more, false);
                }
            }
            ModelEvent::TextEnd => self.apart = true,
            ModelEvent::Thinking(more) => {
                self.thought.push_str(more);
                self.sink.on(RunEvent::Thinking {
                    text: &self.thought,
                    delta: more,
                });
            }
            ModelEvent::ThinkingEnd { .. } | ModelEvent::ToolCall(_) => {
                self.apart = !self.text.is_empty();
            }
            ModelEvent::Usage(usage) => {
                let mut sum = self.before;
                sum.add(*usage);
                self.sink.on(RunEvent::Usage(sum));
            }
            ModelEvent::Stop(_) => {}
        }
    }
}

impl CallSink for Notes<'_> {
    fn on(&mut self, note: CallNote<'_>) {
        match note {
            CallNote::Asking(model) => self.sink.on(RunEvent::Asking { model }),
            CallNote::Event(event) => self.event(event),
            CallNote::Retrying {
                attempt,
                attempts,
                wait,
                error,
            } => {
                self.sink.on(RunEvent::Retrying {
                    attempt,
                    attempts,
                    wait,
                    error,
                });
            }
            CallNote::FallingBack { error, to } => {
                self.sink.on(RunEvent::FallingBack { error, to });
            }
            CallNote::Restart => {
                self.text.clear();
                self.thought.clear();
                self.apart = false;
                self.say("", true);
            }
        }
    }
}
