//! `sessions.resolve`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::id::{AgentId, SessionId, SessionKey};
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Finds one session by key, id, name or short id.
///
/// Shape: `{key?}`, `{sessionId?}`, `{label?}`, … → `{ok, key}`; since protocol 4 `{ok: false,
/// candidates?}` when several or none are meant.
/// Units: none.
/// Errors: `INVALID_REQUEST` when nothing fits, unless `allowMissing`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SessionsResolve {}

impl Method for SessionsResolve {
    const NAME: &'static str = "sessions.resolve";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const ACCESS_V3: Access = Access::Operator(Scope::Admin);
    const ADVERTISED: bool = false;
    type Params = SessionsResolveParams;
    type Result = SessionsResolveResult;
}

/// Params of [`SessionsResolve`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsResolveParams {
    /// By key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// By transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// By name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// By key or words. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<SessionReference>,
    /// By the short id of a link. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_id: Option<String>,
    /// The words of the link. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug_hint: Option<String>,
    /// Only of this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Only those that this session made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<SessionKey>,
    /// Whether the global session counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_global: Option<bool>,
    /// Whether the session of nobody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_unknown: Option<bool>,
    /// Whether none is an answer, not an error. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_missing: Option<bool>,
}

open_record! {
    /// Result of [`SessionsResolve`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionsResolveResult {
        /// Whether one was found.
        must ok: bool = "ok",
        /// The session.
        may key: SessionKey = "key",
        /// Its agent. Since protocol 4.
        may agent_id: AgentId = "agentId",
        /// Its name. Since protocol 4.
        may display_name: String = "displayName",
        /// Those that may be meant, at most 10. Since protocol 4.
        may candidates: Vec<SessionCandidate> = "candidates",
    }
}

impl SessionsResolveResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool) -> Self {
        Self {
            ok,
            key: None,
            agent_id: None,
            display_name: None,
            candidates: None,
            rest: Map::new(),
        }
    }
}

/// A session by key or by the words of a link. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionReference {
    /// The key.
    pub key: SessionKey,
    /// The words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
}

impl SessionReference {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self { key, slug: None }
    }
}

open_record! {
    /// A session that may be meant. Since protocol 4.
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionCandidate {
        /// The session.
        must key: SessionKey = "key",
        /// Its agent.
        must agent_id: AgentId = "agentId",
        /// Its name.
        may display_name: String = "displayName",
    }
}

impl SessionCandidate {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey, agent_id: AgentId) -> Self {
        Self {
            key,
            agent_id,
            display_name: None,
            rest: Map::new(),
        }
    }
}
