//! How a run ended, and what came of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::JournalError;
use crate::message::{Message, ToolCall};
use crate::model::{ModelError, ModelRef, StopReason, Usage};
use crate::tool::Attachment;

/// How a run ended, and what came of it.
#[derive(Debug, Clone)]
pub struct RunOutcome {
    /// How it ended.
    pub end: RunEnd,
    /// What the conversation gained, oldest first; every call has its answer.
    pub messages: Vec<Message>,
    /// The last answer's text.
    pub text: String,
    /// Calls of tools of whoever asked, in their order: the run ended with them.
    pub client_calls: Vec<ToolCall>,
    /// What the user is to get with it.
    pub attachments: Vec<Attachment>,
    /// What all of it cost.
    pub usage: Usage,
    /// How much the model had to read the last time, in tokens; 0 if nobody said.
    pub context_tokens: u64,
    /// Which model answered last.
    pub model: Option<ModelRef>,
    /// Every failure of a model on the way, in order.
    pub failed: Vec<ModelError>,
    /// The conversation was summed up.
    pub compacted: Option<Compacted>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunEnd {
    /// The model had nothing more to do.
    Completed {
        /// Why its last answer ended.
        stop: StopReason,
    },
    /// Somebody stopped it.
    Aborted,
    /// It failed.
    Failed(RunError),
}

/// Why a run failed, in words for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// No model answered.
    #[error("{0}")]
    Model(Box<ModelError>),
    /// It asked the model too often.
    #[error(
        "the model was asked {0} times without coming to an end; say what to do next, or ask \
         for less at once"
    )]
    TooManySteps(u32),
    /// It called too many tools.
    #[error(
        "{0} tools were called without coming to an end; say what to do next, or ask for less \
         at once"
    )]
    TooManyCalls(u32),
    /// It took too long.
    #[error("the run took longer than {} s and was stopped", .0.as_secs())]
    Timeout(Duration),
    /// It could not record what it does.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The older part of a conversation, summed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compacted {
    /// The summary.
    pub summary: String,
    /// How many messages it stands for: the oldest of the history and what the run added.
    pub replaced: usize,
    /// How large the conversation was, in tokens, as far as that can be estimated.
    pub tokens_before: u64,
}
