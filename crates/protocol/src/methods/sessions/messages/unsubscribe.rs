//! `sessions.messages.unsubscribe`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, SessionKey};
use crate::{Access, Generation, Method, Scope};

/// Asks for no more `session.message` of one session.
///
/// Shape: `{key, agentId?}` → `{subscribed: false, key}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for params.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsMessagesUnsubscribe {}

impl Method for SessionsMessagesUnsubscribe {
    const NAME: &'static str = "sessions.messages.unsubscribe";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = SessionsMessagesUnsubscribeParams;
    type Result = SessionsMessagesUnsubscribeResult;
}

/// Params of [`SessionsMessagesUnsubscribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsMessagesUnsubscribeParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
}

impl SessionsMessagesUnsubscribeParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            agent_id: None,
        }
    }
}

/// Result of [`SessionsMessagesUnsubscribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsMessagesUnsubscribeResult {
    /// Always false.
    pub subscribed: bool,
    /// The session.
    pub key: SessionKey,
}
