//! `sessions.send`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, SessionKey};
use crate::methods::chat::attachment::Attachment;
use crate::methods::chat::mention::Mention;
use crate::methods::chat::send::ChatSendResult;
use crate::{Access, Generation, Method, Scope};

/// Says something in a session that exists, like `chat.send`.
///
/// Shape: `{key, message, …}` → `{runId, status, messageSeq?}`.
/// Units: `timeoutMs` in milliseconds.
/// Errors: as in `chat.send`, and for a session that does not exist.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsSend {}

impl Method for SessionsSend {
    const NAME: &'static str = "sessions.send";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const SINCE: Generation = Generation::V4;
    type Params = SessionsSendParams;
    type Result = ChatSendResult;
}

/// Params of [`SessionsSend`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsSendParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// What is said.
    pub message: String,
    /// People named in it, at most 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Vec<Mention>>,
    /// How much the model thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// Files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// How long the run may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// One run for one key; absent means a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

impl SessionsSendParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey, message: String) -> Self {
        Self {
            key,
            agent_id: None,
            message,
            mentions: None,
            thinking: None,
            attachments: None,
            timeout_ms: None,
            idempotency_key: None,
        }
    }
}
