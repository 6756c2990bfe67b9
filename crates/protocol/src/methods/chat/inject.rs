//! `chat.inject`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, SessionKey};
use crate::{Access, Method, Scope};

/// Puts a message of the assistant into a transcript without a run.
///
/// Shape: `{sessionKey, message, label?}` → `{ok, messageId}`. The event `chat` with `final`
/// follows.
/// Units: `label` is at most 100 characters; it stands in square brackets before the message.
/// Errors: `INVALID_REQUEST` `session not found`, `transcript file not found`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ChatInject {}

impl Method for ChatInject {
    const NAME: &'static str = "chat.inject";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    const ADVERTISED: bool = false;
    type Params = ChatInjectParams;
    type Result = ChatInjectResult;
}

/// Params of [`ChatInject`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatInjectParams {
    /// The session.
    pub session_key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// What the assistant said; not empty.
    pub message: String,
    /// Who really said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl ChatInjectParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(session_key: SessionKey, message: String) -> Self {
        Self {
            session_key,
            agent_id: None,
            message,
            label: None,
        }
    }
}

/// Result of [`ChatInject`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatInjectResult {
    /// Always true.
    pub ok: bool,
    /// The message.
    pub message_id: String,
}
