//! Questions whether a command may run.

use serde_json::Map;

use crate::id::{AgentId, ApprovalId, NodeId, SessionKey};
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;

open_enum! {
    /// The answer to an exec approval.
    pub enum ExecDecision {
        /// This time.
        AllowOnce = "allow-once",
        /// From now on.
        AllowAlways = "allow-always",
        /// Not at all.
        Deny = "deny",
    }
}

open_record! {
    /// What is to run, as the person who decides sees it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ExecRequest {
        /// The command.
        must command: String = "command",
        /// Where.
        null cwd: String = "cwd",
        /// On what: `gateway`, `node` or `sandbox`.
        null host: String = "host",
        /// On which node. Since protocol 4.
        null node_id: NodeId = "nodeId",
        /// The rule: `deny`, `allowlist` or `full`.
        null security: String = "security",
        /// When to ask: `off`, `on-miss` or `always`.
        null ask: String = "ask",
        /// For which agent.
        null agent_id: AgentId = "agentId",
        /// The program that would run.
        null resolved_path: String = "resolvedPath",
        /// For which session.
        null session_key: SessionKey = "sessionKey",
        /// Which answers are possible. Since protocol 4.
        may allowed_decisions: Vec<ExecDecision> = "allowedDecisions",
        /// What to beware of. Since protocol 4.
        null warning_text: String = "warningText",
    }
}

impl ExecRequest {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(command: String) -> Self {
        Self {
            command,
            cwd: Nullable::Absent,
            host: Nullable::Absent,
            node_id: Nullable::Absent,
            security: Nullable::Absent,
            ask: Nullable::Absent,
            agent_id: Nullable::Absent,
            resolved_path: Nullable::Absent,
            session_key: Nullable::Absent,
            allowed_decisions: None,
            warning_text: Nullable::Absent,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// A question that waits for its answer.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PendingExecApproval {
        /// The question.
        must id: ApprovalId = "id",
        /// `exec`. Since protocol 4.
        may approval_kind: String = "approvalKind",
        /// What is to run.
        must request: ExecRequest = "request",
        /// When it was asked, milliseconds since the epoch.
        must created_at_ms: u64 = "createdAtMs",
        /// When it lapses, milliseconds since the epoch.
        must expires_at_ms: u64 = "expiresAtMs",
    }
}

impl PendingExecApproval {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        id: ApprovalId,
        request: ExecRequest,
        created_at_ms: u64,
        expires_at_ms: u64,
    ) -> Self {
        Self {
            id,
            approval_kind: None,
            request,
            created_at_ms,
            expires_at_ms,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// How a question was answered: result of `exec.approval.request` and
    /// `exec.approval.waitDecision`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ExecApprovalOutcome {
        /// The question.
        must id: ApprovalId = "id",
        /// The answer; `null` when nobody gave one in time. Absent in the first of two responses.
        null decision: ExecDecision = "decision",
        /// When it was asked, milliseconds since the epoch.
        must created_at_ms: u64 = "createdAtMs",
        /// When it lapses, milliseconds since the epoch.
        must expires_at_ms: u64 = "expiresAtMs",
        /// `accepted` in the first of two responses. Since protocol 4.
        may status: String = "status",
        /// How people are told. Since protocol 4.
        may delivery_route: String = "deliveryRoute",
        /// Why there is no answer, `run-aborted` for example. Since protocol 4.
        may terminal_reason: String = "terminalReason",
    }
}

impl ExecApprovalOutcome {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: ApprovalId, created_at_ms: u64, expires_at_ms: u64) -> Self {
        Self {
            id,
            decision: Nullable::Absent,
            created_at_ms,
            expires_at_ms,
            status: None,
            delivery_route: None,
            terminal_reason: None,
            rest: Map::new(),
        }
    }
}
