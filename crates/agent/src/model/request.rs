//! What a model is asked.

use std::sync::Arc;

use super::Thinking;
use crate::message::Message;
use crate::tool::ToolSpec;

/// One call of a model.
#[derive(Debug, Clone, Default)]
pub struct ModelRequest {
    /// The system prompt. Empty means none.
    pub system: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// The tools that may be called.
    pub tools: Vec<Arc<ToolSpec>>,
    /// The most that may be written, in tokens. `None`: what the model allows.
    pub max_tokens: Option<u64>,
    /// How much it may think first.
    pub thinking: Thinking,
    /// Which session asks, hashed by the caller if it is private; providers use it to keep
    /// their caches warm.
    pub cache_key: Option<String>,
}
