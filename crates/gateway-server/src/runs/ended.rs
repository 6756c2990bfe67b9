//! How a run ended, as it is kept and told.

use openclaw_agent::message::ToolCall;
use openclaw_agent::tool::Attachment;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a run ended. Kept on disk as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ended {
    /// The run.
    pub(crate) run_id: String,
    /// The session.
    pub(crate) session_key: String,
    /// Its transcript.
    pub(crate) session_id: String,
    /// How.
    pub(crate) kind: EndKind,
    /// The reply, whole; empty if there is none.
    #[serde(default)]
    pub(crate) text: String,
    /// Files that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<Attachment>,
    /// What went wrong, in words for the user, with what mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The same in one word for programs, such as `rate_limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error_kind: Option<String>,
    /// Why it stopped: `stop`, `length`, `rpc`, `timeout`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stop_reason: Option<String>,
    /// The provider of the model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// The model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// What it cost.
    #[serde(default)]
    pub(crate) usage: EndedUsage,
    /// The tools that were used without an error, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tools: Vec<String>,
    /// Calls that whoever asked is to make.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) client_calls: Vec<ToolCall>,
    /// A command of the Gateway answered, and no model.
    #[serde(default)]
    pub(crate) is_command: bool,
    /// Facts of the command for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<Value>,
    /// When it began, milliseconds since the epoch.
    pub(crate) started_at_ms: u64,
    /// When it ended.
    pub(crate) ended_at_ms: u64,
}

impl Ended {
    /// What the user reads: the reply, or what went wrong.
    pub(crate) fn said(&self) -> &str {
        match &self.error {
            Some(error) if self.text.is_empty() => error,
            _ => &self.text,
        }
    }

    /// Why it was ended before its time, in the word of events.
    pub(super) fn cut_short(&self) -> Option<&str> {
        match self.kind {
            EndKind::Ok | EndKind::Error => None,
            EndKind::Timeout => Some("timeout"),
            EndKind::Aborted => Some(self.stop_reason.as_deref().unwrap_or("rpc")),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EndKind {
    /// Well.
    Ok,
    /// It failed.
    Error,
    /// It took too long.
    Timeout,
    /// Somebody stopped it.
    Aborted,
}

/// Tokens of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndedUsage {
    /// Read by the model.
    pub(crate) input: u64,
    /// Written by it.
    pub(crate) output: u64,
    /// Read out of a cache.
    pub(crate) cache_read: u64,
    /// Written to a cache.
    pub(crate) cache_write: u64,
    /// How large the conversation was at the end.
    pub(crate) context: u64,
}
