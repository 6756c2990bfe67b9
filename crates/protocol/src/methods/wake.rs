//! `wake`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, SessionKey};
use crate::methods::common::Done;
use crate::{Access, Method, Scope};

/// Queues a line for the main session and wakes its agent.
///
/// Shape: `{mode, text, sessionKey?, agentId?}` → `{ok}`; other params are ignored.
/// Units: none.
/// Errors: `INVALID_REQUEST` for params.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Wake {}

impl Method for Wake {
    const NAME: &'static str = "wake";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = WakeParams;
    type Result = Done;
}

/// Params of [`Wake`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WakeParams {
    /// When.
    pub mode: WakeMode,
    /// What is said; not empty.
    pub text: String,
    /// The session to wake instead. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// The agent to wake instead. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
}

impl WakeParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(mode: WakeMode, text: String) -> Self {
        Self {
            mode,
            text,
            session_key: None,
            agent_id: None,
        }
    }
}

/// When a wake takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WakeMode {
    /// At once.
    #[serde(rename = "now")]
    Now,
    /// With the next heartbeat.
    #[serde(rename = "next-heartbeat")]
    NextHeartbeat,
}
