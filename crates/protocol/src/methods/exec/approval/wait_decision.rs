//! `exec.approval.waitDecision`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::ApprovalId;
use crate::methods::exec::approval::record::ExecApprovalOutcome;
use crate::{Access, Generation, Method, Scope};

/// Waits for the answer to a question that somebody asked.
///
/// Shape: `{id}` → `{id, decision, createdAtMs, expiresAtMs}`; other params are ignored.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `id is required`, `approval expired or not found`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ExecApprovalWaitDecision {}

impl Method for ExecApprovalWaitDecision {
    const NAME: &'static str = "exec.approval.waitDecision";
    const ACCESS: Access = Access::Operator(Scope::Approvals);
    const SINCE: Generation = Generation::V4;
    type Params = ExecApprovalWaitDecisionParams;
    type Result = ExecApprovalOutcome;
}

/// Params of [`ExecApprovalWaitDecision`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExecApprovalWaitDecisionParams {
    /// The question.
    pub id: ApprovalId,
}
