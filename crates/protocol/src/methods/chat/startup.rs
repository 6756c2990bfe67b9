//! `chat.startup`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, RunId, SessionId, SessionKey};
use crate::methods::chat::history::ChatHistoryResult;
use crate::{Access, Generation, Method, Scope};

/// What a chat page needs to begin: the conversation and what may be chosen.
///
/// Shape: as `chat.history`, or `{shortId, slugHint?, agentId}` for the short id of a link → the
/// same with `metadata`.
/// Units: as in `chat.history`.
/// Errors: as in `chat.history`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ChatStartup {}

impl Method for ChatStartup {
    const NAME: &'static str = "chat.startup";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = ChatStartupParams;
    type Result = ChatHistoryResult;
}

/// Params of [`ChatStartup`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatStartupParams {
    /// The session. Required unless `shortId` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// The short id of a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_id: Option<String>,
    /// The words of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug_hint: Option<String>,
    /// Its agent. Required with `shortId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Only what came after this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Most bytes, at least 1024.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// How many of the newest to leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Waiting input before this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_before: Option<u64>,
    /// Say what became of the input of these runs; 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_run_ids: Option<Vec<RunId>>,
    /// Messages around this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Another transcript of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// Most characters of one message, 1 to 500 000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
}
