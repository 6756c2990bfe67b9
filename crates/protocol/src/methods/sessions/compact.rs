//! `sessions.compact`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, SessionKey};
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Shortens the transcript of a session.
///
/// Shape: `{key, maxLines?}` → `{ok, key, compacted, kept?, archived?, reason?}`.
/// Units: `maxLines` in records; absent means 400 in protocol 3, a summary by the model in protocol
/// 4.
/// Errors: `INVALID_REQUEST` when work of the session waits.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SessionsCompact {}

impl Method for SessionsCompact {
    const NAME: &'static str = "sessions.compact";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = SessionsCompactParams;
    type Result = SessionsCompactResult;
}

/// Params of [`SessionsCompact`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsCompactParams {
    /// The session.
    pub key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// How many of the last records stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_lines: Option<u64>,
}

impl SessionsCompactParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            agent_id: None,
            max_lines: None,
        }
    }
}

open_record! {
    /// Result of [`SessionsCompact`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionsCompactResult {
        /// Whether it went well.
        must ok: bool = "ok",
        /// The session.
        must key: SessionKey = "key",
        /// Whether it is shorter now.
        must compacted: bool = "compacted",
        /// How many records stayed.
        may kept: u64 = "kept",
        /// Where the rest was put.
        may archived: String = "archived",
        /// Why nothing changed: `no sessionId`, `no transcript`, ….
        may reason: String = "reason",
        /// What the summary came to. Since protocol 4.
        may result: Value = "result",
    }
}

impl SessionsCompactResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, key: SessionKey, compacted: bool) -> Self {
        Self {
            ok,
            key,
            compacted,
            kept: None,
            archived: None,
            reason: None,
            result: None,
            rest: Map::new(),
        }
    }
}
