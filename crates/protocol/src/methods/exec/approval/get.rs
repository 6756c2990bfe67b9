//! `exec.approval.get`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{AgentId, ApprovalId, NodeId};
use crate::methods::exec::approval::record::ExecDecision;
use crate::methods::nullable::Nullable;
use crate::{Access, Generation, Method, Scope};

/// One question that waits for an answer.
///
/// Shape: `{id}` → `{id, commandText, allowedDecisions, …}`.
/// Units: `expiresAtMs` in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `unknown or expired approval id` with `details.reason`
/// `APPROVAL_NOT_FOUND`; an ambiguous beginning of an id.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ExecApprovalGet {}

impl Method for ExecApprovalGet {
    const NAME: &'static str = "exec.approval.get";
    const ACCESS: Access = Access::Operator(Scope::Approvals);
    const SINCE: Generation = Generation::V4;
    type Params = ExecApprovalGetParams;
    type Result = ExecApprovalGetResult;
}

/// Params of [`ExecApprovalGet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecApprovalGetParams {
    /// The question, or how its id begins.
    pub id: ApprovalId,
}

/// Result of [`ExecApprovalGet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalGetResult {
    /// The question.
    pub id: ApprovalId,
    /// The command.
    pub command_text: String,
    /// The command in short.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub command_preview: Nullable<String>,
    /// Which answers are possible.
    pub allowed_decisions: Vec<ExecDecision>,
    /// On what it would run.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub host: Nullable<String>,
    /// On which node.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub node_id: Nullable<NodeId>,
    /// For which agent.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub agent_id: Nullable<AgentId>,
    /// When the question lapses.
    pub expires_at_ms: u64,
}

impl ExecApprovalGetResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        id: ApprovalId,
        command_text: String,
        allowed_decisions: Vec<ExecDecision>,
        expires_at_ms: u64,
    ) -> Self {
        Self {
            id,
            command_text,
            command_preview: Nullable::Absent,
            allowed_decisions,
            host: Nullable::Absent,
            node_id: Nullable::Absent,
            agent_id: Nullable::Absent,
            expires_at_ms,
        }
    }
}
