//! `sessions.describe`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, SessionKey};
use crate::methods::sessions::row::SessionRow;
use crate::{Access, Generation, Method, Scope};

/// One session.
///
/// Shape: `{key, …}` → `{session}`, `null` for one that does not exist.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` for a session of another agent.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsDescribe {}

impl Method for SessionsDescribe {
    const NAME: &'static str = "sessions.describe";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = SessionsDescribeParams;
    type Result = SessionsDescribeResult;
}

/// Params of [`SessionsDescribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsDescribeParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Whether to add a title taken from what was said first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_derived_titles: Option<bool>,
    /// Whether to add how the last message begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_last_message: Option<bool>,
}

impl SessionsDescribeParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            agent_id: None,
            include_derived_titles: None,
            include_last_message: None,
        }
    }
}

/// Result of [`SessionsDescribe`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsDescribeResult {
    /// The session.
    #[serde(default)]
    pub session: Option<SessionRow>,
}
