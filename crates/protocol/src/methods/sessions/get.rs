//! `sessions.get`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::{AgentId, SessionKey};
use crate::{Access, Generation, Method, Scope};

/// The last messages of a session.
///
/// Shape: `{key, agentId?, limit?}` → `{messages}`; other params are ignored. An unknown session
/// answers no messages.
/// Units: `limit` at least 1; absent means 200.
/// Errors: `INVALID_REQUEST` without a key.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsGet {}

impl Method for SessionsGet {
    const NAME: &'static str = "sessions.get";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const ADVERTISED: bool = false;
    type Params = SessionsGetParams;
    type Result = SessionsGetResult;
}

/// Params of [`SessionsGet`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsGetParams {
    /// The session. Either this or `sessionKey`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// The session. Either this or `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Most messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

/// Result of [`SessionsGet`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionsGetResult {
    /// Transcript records, the newest last.
    pub messages: Vec<Box<RawValue>>,
}
