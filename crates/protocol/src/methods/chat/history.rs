//! `chat.history`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::{AgentId, RunId, SessionId, SessionKey};
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// The conversation of a session, the newest message last.
///
/// The oldest are left out where the limit or 6 MB are reached; an unknown session answers no
/// messages.
/// Shape: `{sessionKey, limit?, …}` → `{sessionKey, sessionId, messages, thinkingLevel, …}`.
/// Units: `limit` 1 to 1000, absent means 200; `maxBytes` in bytes.
/// Errors: `INVALID_REQUEST` for params; `UNAVAILABLE` when the transcript cannot be read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ChatHistory {}

impl Method for ChatHistory {
    const NAME: &'static str = "chat.history";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = ChatHistoryParams;
    type Result = ChatHistoryResult;
}

/// Params of [`ChatHistory`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatHistoryParams {
    /// The session.
    pub session_key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Only what came after this. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Most messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Most bytes, at least 1024. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// How many of the newest to leave out. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Waiting input before this place. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_before: Option<u64>,
    /// Say what became of the input of these runs; 1 to 50. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_run_ids: Option<Vec<RunId>>,
    /// Messages around this one. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Another transcript of the session. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// Most characters of one message, 1 to 500 000. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
}

impl ChatHistoryParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(session_key: SessionKey) -> Self {
        Self {
            session_key,
            agent_id: None,
            cursor: None,
            limit: None,
            max_bytes: None,
            offset: None,
            pending_before: None,
            input_run_ids: None,
            message_id: None,
            session_id: None,
            max_chars: None,
        }
    }
}

open_record! {
    /// A conversation, or what came since a cursor: result of [`ChatHistory`] and of
    /// `chat.startup`.
    #[derive(Debug, Clone, Default)]
    pub struct ChatHistoryResult {
        /// `delta` or `reset`, where a cursor was given. Since protocol 4.
        may kind: String = "kind",
        /// The session.
        may session_key: SessionKey = "sessionKey",
        /// Its transcript; absent for a session that does not exist.
        may session_id: SessionId = "sessionId",
        /// Transcript records, the newest last; after a cursor payloads of `session.message`.
        may messages: Vec<Box<RawValue>> = "messages",
        /// How much the model thinks.
        may thinking_level: String = "thinkingLevel",
        /// How much of the tools is shown.
        may verbose_level: String = "verboseLevel",
        /// Where to go on from. Since protocol 4.
        may delta_cursor: String = "deltaCursor",
        /// How many newer ones were left out. Since protocol 4.
        may offset: u64 = "offset",
        /// The `offset` of the next older page. Since protocol 4.
        may next_offset: u64 = "nextOffset",
        /// Whether there are older ones. Since protocol 4.
        may has_more: bool = "hasMore",
        /// How many there are. Since protocol 4.
        may total_messages: u64 = "totalMessages",
    }
}
