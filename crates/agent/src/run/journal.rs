//! What a run has done, kept where a crash cannot reach it.

use std::collections::HashSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::message::{AssistantMessage, Message, ToolCall, ToolResultMessage};
use crate::tool::Attachment;

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "camelCase")]
pub enum Step {
    /// The model answered. Complete as soon as it is recorded.
    Reply {
        /// The answer.
        message: AssistantMessage,
    },
    /// A tool is about to be called. Complete when its result is recorded.
    Call {
        /// The call.
        call: ToolCall,
    },
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// What the model is told.
    pub message: ToolResultMessage,
    /// What the user is to get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// Nothing can be recorded. The run ends: it does nothing that it could not remember.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal of the run cannot be written: {0}")]
pub struct JournalError(pub String);

/// Keeps the steps of one run. Numbers count from 1, without gaps.
#[async_trait]
pub trait RunJournal: Send + Sync {
    /// A step is about to be taken. It is taken after this has returned, so what is recorded
    /// must be safe by then.
    ///
    /// Errors: [`JournalError`]; the step is not taken.
    async fn begin(&self, seq: u64, step: &Step) -> Result<(), JournalError>;

    /// What came of a [`Step::Call`].
    ///
    /// Errors: [`JournalError`]; the run ends.
    async fn end(&self, seq: u64, result: &StepResult) -> Result<(), JournalError>;
}

/// Forgets everything: for runs that nobody takes up again.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoJournal;

#[async_trait]
impl RunJournal for NoJournal {
    async fn begin(&self, _: u64, _: &Step) -> Result<(), JournalError> {
        Ok(())
    }

    async fn end(&self, _: u64, _: &StepResult) -> Result<(), JournalError> {
        Ok(())
    }
}

/// A step as it was found after a crash.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedStep {
    /// Its number.
    pub seq: u64,
    /// What was to be done.
    pub step: Step,
    /// What came of it, for a call whose end was recorded.
    pub result: Option<StepResult>,
}

/// What a run did before a crash.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recovered {
    pub(super) messages: Vec<Message>,
    pub(super) attachments: Vec<Attachment>,
    /// Calls that were begun and whose end nobody knows.
    pub(super) unknown: HashSet<String>,
    pub(super) last_seq: u64,
}

impl Recovered {
    /// Puts together what was found. A call that was begun and has no result is not made again:
    /// the model is told that its outcome is unknown. A call that was not begun is made.
    pub fn of(mut steps: Vec<RecordedStep>) -> Self {
        steps.sort_by_key(|step| step.seq);
        let mut found = Self::default();

        for RecordedStep { seq, step, result } in steps {
            found.last_seq = seq;
            match (step, result) {
                (Step::Reply { message }, _) => found.messages.push(Message::Assistant(message)),
                (Step::Call { .. }, Some(result)) => {
                    found.messages.push(Message::ToolResult(result.message));
                    found.attachments.extend(result.attachments);
                }
                (Step::Call { call }, None) => {
                    found.unknown.insert(call.id);
                }
            }
        }
        found
    }

    /// Nothing was done.
    pub fn is_empty(&self) -> bool {
        self.last_seq == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::AssistantBlock;
    use crate::model::{StopReason, Usage};

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: id.into(),
            name: "exec".into(),
            arguments: "{\"a\":1}".into(),
        }
    }

    #[test]
    fn a_step_is_read_as_it_was_written() {
        let reply = Step::Reply {
            message: AssistantMessage {
                content: vec![AssistantBlock::ToolCall(call("a"))],
                model: None,
                usage: Usage::default(),
                stop_reason: StopReason::ToolUse,
            },
        };
        for step in [reply, Step::Call { call: call("a") }] {
            let json = serde_json::to_string(&step).unwrap();
            assert_eq!(serde_json::from_str::<Step>(&json).unwrap(), step);
        }
        assert!(serde_json::from_str::<Step>(r#"{"step":"jump"}"#).is_err());
    }

    #[test]
    fn a_call_without_result_is_unknown_and_one_with_is_not() {
        let ended = StepResult {
            message: ToolResultMessage::error(&call("a"), "done"),
            attachments: vec![],
        };
        let found = Recovered::of(vec![
            RecordedStep {
                seq: 3,
                step: Step::Call { call: call("b") },
                result: None,
            },
            RecordedStep {
                seq: 2,
                step: Step::Call { call: call("a") },
                result: Some(ended),
            },
        ]);
        assert_eq!(found.last_seq, 3);
        assert!(found.unknown.contains("b") && !found.unknown.contains("a"));
        assert_eq!(found.messages.len(), 1);
        assert!(Recovered::of(vec![]).is_empty());
    }
}
