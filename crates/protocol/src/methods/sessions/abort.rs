//! `sessions.abort`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, RunId, SessionKey};
use crate::{Access, Generation, Method, Scope};

/// Ends the work of a session, or one run.
///
/// Shape: `{key?, runId?, …}` → `{ok, abortedRunId, status}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` without either.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsAbort {}

impl Method for SessionsAbort {
    const NAME: &'static str = "sessions.abort";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const SINCE: Generation = Generation::V4;
    type Params = SessionsAbortParams;
    type Result = SessionsAbortResult;
}

/// Params of [`SessionsAbort`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionsAbortParams {
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SessionKey>,
    /// Only this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Whether what waits goes, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clear_queued: Option<bool>,
}

/// Result of [`SessionsAbort`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsAbortResult {
    /// Always true.
    pub ok: bool,
    /// The run that was ended; `null` for none.
    #[serde(default)]
    pub aborted_run_id: Option<RunId>,
    /// `aborted` or `no-active-run`.
    pub status: String,
}

impl SessionsAbortResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool, status: String) -> Self {
        Self {
            ok,
            aborted_run_id: None,
            status,
        }
    }
}
