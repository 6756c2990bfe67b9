//! `sessions.reset`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, SessionId, SessionKey};
use crate::methods::open_record::open_record;
use crate::methods::sessions::patch::ResolvedModel;
use crate::{Access, Method, Scope};

/// Begins a session anew: a new transcript, the same settings, no tokens used.
///
/// Shape: `{key}` → `{ok, key, entry}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` with `details.reason` `session-changed` when `expectedSessionId` does
/// not hold.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SessionsReset {}

impl Method for SessionsReset {
    const NAME: &'static str = "sessions.reset";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = SessionsResetParams;
    type Result = SessionsResetResult;
}

/// Params of [`SessionsReset`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsResetParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Why. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ResetReason>,
    /// Refuse if it has another transcript. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_session_id: Option<SessionId>,
}

impl SessionsResetParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            agent_id: None,
            reason: None,
            expected_session_id: None,
        }
    }
}

open_record! {
    /// Result of [`SessionsReset`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionsResetResult {
        /// Always true.
        must ok: bool = "ok",
        /// The session.
        must key: SessionKey = "key",
        /// Its settings; absent where it was deleted instead.
        may entry: Map<String, Value> = "entry",
        /// Whether it was deleted: a session of which nothing is kept. Since protocol 4.
        may deleted: bool = "deleted",
        /// The model that now holds. Since protocol 4.
        may resolved: ResolvedModel = "resolved",
    }
}

impl SessionsResetResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, key: SessionKey) -> Self {
        Self {
            ok,
            key,
            entry: None,
            deleted: None,
            resolved: None,
            rest: Map::new(),
        }
    }
}

/// Why a session begins anew. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ResetReason {
    /// A person wants another conversation.
    #[serde(rename = "new")]
    New,
    /// A person wants this one from the start.
    #[serde(rename = "reset")]
    Reset,
}
