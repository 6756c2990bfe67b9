//! What a model says while it answers.

use serde::{Deserialize, Serialize};

use super::Usage;
use crate::message::ToolCall;

/// A piece of an answer, as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelEvent {
    /// More text for the user.
    Text(String),
    /// The text so far is one piece; what follows is another.
    TextEnd,
    /// More of a thought.
    Thinking(String),
    /// The thought is complete; what the provider wants back with it, opaque.
    ThinkingEnd {
        /// See [`AssistantBlock::Thinking`](crate::message::AssistantBlock::Thinking).
        signature: Option<String>,
    },
    /// A call of a tool, complete.
    ToolCall(ToolCall),
    /// What was counted so far. A later one replaces an earlier one.
    Usage(Usage),
    /// The answer is complete. Nothing follows.
    Stop(StopReason),
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StopReason {
    /// The model had nothing to add.
    Stop,
    /// It wants tools to be called.
    ToolUse,
    /// It reached the most that it may write.
    Length,
    /// The provider's filter, or the model itself, refused.
    Refusal,
    /// A person or a program stopped it.
    Aborted,
    /// It broke off.
    Error,
}
