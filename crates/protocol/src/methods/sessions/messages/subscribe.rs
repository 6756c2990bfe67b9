//! `sessions.messages.subscribe`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AgentId, SessionKey};
use crate::{Access, Generation, Method, Scope};

/// Asks for `session.message` of one session until the connection ends.
///
/// Shape: `{key, agentId?, includeApprovals?}` → `{subscribed, key, approvalReplay?}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` when approvals are wanted without `operator.approvals`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsMessagesSubscribe {}

impl Method for SessionsMessagesSubscribe {
    const NAME: &'static str = "sessions.messages.subscribe";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = SessionsMessagesSubscribeParams;
    type Result = SessionsMessagesSubscribeResult;
}

/// Params of [`SessionsMessagesSubscribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsMessagesSubscribeParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Whether to tell about approvals, too; `true` or absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_approvals: Option<bool>,
}

impl SessionsMessagesSubscribeParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            agent_id: None,
            include_approvals: None,
        }
    }
}

/// Result of [`SessionsMessagesSubscribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsMessagesSubscribeResult {
    /// Whether events will come.
    pub subscribed: bool,
    /// The session.
    pub key: SessionKey,
    /// Approvals that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_replay: Option<Value>,
}

impl SessionsMessagesSubscribeResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(subscribed: bool, key: SessionKey) -> Self {
        Self {
            subscribed,
            key,
            approval_replay: None,
        }
    }
}
