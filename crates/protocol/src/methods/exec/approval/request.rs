//! `exec.approval.request`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AgentId, ApprovalId, DeviceId, NodeId, RunId, SessionId, SessionKey};
use crate::methods::exec::approval::record::{ExecApprovalOutcome, ExecDecision};
use crate::methods::nullable::Nullable;
use crate::methods::secret::WireSecret;
use crate::methods::thread_id::ThreadId;
use crate::{Access, Method, Scope};

/// Asks people whether a command may run, and waits for the answer.
///
/// The event `exec.approval.requested` goes out. In protocol 4 the caller does not count: with
/// nobody else to ask the answer is `null` at once.
/// Shape: `{command, …}` → `{id, decision, createdAtMs, expiresAtMs}`.
/// Units: `timeoutMs` in milliseconds, absent means 120 000.
/// Errors: `INVALID_REQUEST` `approval id already pending`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalRequest {}

impl Method for ExecApprovalRequest {
    const NAME: &'static str = "exec.approval.request";
    const ACCESS: Access = Access::Operator(Scope::Approvals);
    type Params = ExecApprovalRequestParams;
    type Result = ExecApprovalOutcome;
}

/// Params of [`ExecApprovalRequest`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecApprovalRequestParams {
    /// The id to use; absent means a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ApprovalId>,
    /// The command. Required in protocol 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The command as program and arguments. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_argv: Option<Vec<String>>,
    /// What a node would run: `{argv, cwd, commandText, agentId, sessionKey, …}`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_run_plan: Option<Value>,
    /// The environment. It may hold secrets, so it is treated as one. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, WireSecret>>,
    /// Where it would run.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub cwd: Nullable<String>,
    /// On which node. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub node_id: Nullable<NodeId>,
    /// On what.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub host: Nullable<String>,
    /// The rule: `deny`, `allowlist` or `full`.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub security: Nullable<String>,
    /// When to ask: `off`, `on-miss` or `always`.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub ask: Nullable<String>,
    /// What to beware of. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub warning_text: Nullable<String>,
    /// What it would do, in words: `{kind, …}`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Value>,
    /// Answers that are not possible: `allow-always`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable_decisions: Option<Vec<ExecDecision>>,
    /// Parts of the command to be pointed out. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_spans: Option<Vec<CommandSpan>>,
    /// For which agent.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub agent_id: Nullable<AgentId>,
    /// The program that would run.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub resolved_path: Nullable<String>,
    /// For which session.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub session_key: Nullable<SessionKey>,
    /// For which transcript. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub session_id: Nullable<SessionId>,
    /// For which run. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub run_id: Nullable<RunId>,
    /// For which call of a tool. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub tool_call_id: Nullable<String>,
    /// Channel of the turn. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub turn_source_channel: Nullable<String>,
    /// Address of the turn. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub turn_source_to: Nullable<String>,
    /// Account of the turn. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub turn_source_account_id: Nullable<String>,
    /// Thread of the turn. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub turn_source_thread_id: Nullable<ThreadId>,
    /// Only these devices may answer. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_reviewer_device_ids: Option<Vec<DeviceId>>,
    /// Whether to give up when nobody can be told. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_delivery_route: Option<bool>,
    /// Whether nobody is told. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppress_delivery: Option<bool>,
    /// Whether channels are not told. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver_to_approval_clients_only: Option<bool>,
    /// How long to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Whether to answer at once that the question waits, and again when it is answered. Since
    /// protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_phase: Option<bool>,
}

/// A part of the command to be pointed out. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommandSpan {
    /// Where it begins, in UTF-16 code units.
    pub start_index: u64,
    /// Where it ends.
    pub end_index: u64,
}
