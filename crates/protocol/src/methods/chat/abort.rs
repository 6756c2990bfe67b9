//! `chat.abort`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, RunId, SessionKey};
use crate::{Access, Method, Scope};

/// Ends one run of a session, or all of them.
///
/// Shape: `{sessionKey, runId?}` → `{ok, aborted, runIds}`. The event `chat` with `aborted` comes
/// before the response.
/// Units: none.
/// Errors: `INVALID_REQUEST` `runId does not match sessionKey`; an unknown run answers `aborted:
/// false`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ChatAbort {}

impl Method for ChatAbort {
    const NAME: &'static str = "chat.abort";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = ChatAbortParams;
    type Result = ChatAbortResult;
}

/// Params of [`ChatAbort`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatAbortParams {
    /// The session.
    pub session_key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Only this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// Whether side runs go on. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preserve_side_runs: Option<bool>,
}

impl ChatAbortParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(session_key: SessionKey) -> Self {
        Self {
            session_key,
            agent_id: None,
            run_id: None,
            preserve_side_runs: None,
        }
    }
}

/// Result of [`ChatAbort`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatAbortResult {
    /// Always true.
    pub ok: bool,
    /// Whether a run was ended.
    pub aborted: bool,
    /// The runs that were ended.
    pub run_ids: Vec<RunId>,
}
