//! `agent.identity.get`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, SessionKey};
use crate::{Access, Method, Scope};

/// How an agent presents itself.
///
/// Shape: `{agentId?, sessionKey?}` → `{agentId, name?, avatar?, emoji?}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for an unknown agent or a session of another agent.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum AgentIdentityGet {}

impl Method for AgentIdentityGet {
    const NAME: &'static str = "agent.identity.get";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = AgentIdentityGetParams;
    type Result = AgentIdentityGetResult;
}

/// Params of [`AgentIdentityGet`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentIdentityGetParams {
    /// Which agent; absent means that of the session, or the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
}

/// Result of [`AgentIdentityGet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentIdentityGetResult {
    /// The agent.
    pub agent_id: AgentId,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the name came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_source: Option<String>,
    /// A letter, a path or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Where the picture came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_source: Option<String>,
    /// What the picture is: `none`, `local`, `remote` or `data`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_status: Option<String>,
    /// Why there is no picture. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_reason: Option<String>,
    /// One emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
}

impl AgentIdentityGetResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(agent_id: AgentId) -> Self {
        Self {
            agent_id,
            name: None,
            name_source: None,
            avatar: None,
            avatar_source: None,
            avatar_status: None,
            avatar_reason: None,
            emoji: None,
        }
    }
}
