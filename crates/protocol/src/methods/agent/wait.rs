//! `agent.wait`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::id::RunId;
use crate::methods::agent::run::RunStatus;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Waits for the end of a run.
///
/// Shape: `{runId, timeoutMs?}` → `{runId, status, startedAt?, endedAt?, error?}`.
/// Units: `timeoutMs` in milliseconds, absent means 30 000; times in milliseconds since the epoch.
/// Errors: none of its own; a run that does not end in time, or that nobody knows, answers
/// `timeout`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum AgentWait {}

impl Method for AgentWait {
    const NAME: &'static str = "agent.wait";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = AgentWaitParams;
    type Result = AgentWaitResult;
}

/// Params of [`AgentWait`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentWaitParams {
    /// The run.
    pub run_id: RunId,
    /// How long to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl AgentWaitParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(run_id: RunId) -> Self {
        Self {
            run_id,
            timeout_ms: None,
        }
    }
}

open_record! {
    /// Result of [`AgentWait`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct AgentWaitResult {
        /// The run.
        must run_id: RunId = "runId",
        /// `ok`, `error` or `timeout`.
        must status: RunStatus = "status",
        /// When it began.
        may started_at: u64 = "startedAt",
        /// When it ended.
        may ended_at: u64 = "endedAt",
        /// What went wrong.
        may error: String = "error",
        /// Why it ended. Since protocol 4.
        may stop_reason: String = "stopReason",
    }
}

impl AgentWaitResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(run_id: RunId, status: RunStatus) -> Self {
        Self {
            run_id,
            status,
            started_at: None,
            ended_at: None,
            error: None,
            stop_reason: None,
            rest: Map::new(),
        }
    }
}
