//! `exec.approval.resolved`

use serde_json::Map;

use crate::id::ApprovalId;
use crate::methods::exec::approval::record::{ExecDecision, ExecRequest};
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::{Audience, Event, Scope};

/// Somebody has said whether a command may run.
///
/// Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalResolved {}

impl Event for ExecApprovalResolved {
    const NAME: &'static str = "exec.approval.resolved";
    const AUDIENCE: Audience = Audience::Operators(Scope::Approvals);
    const DROP_IF_SLOW: bool = true;
    type Payload = ExecApprovalResolvedPayload;
}

open_record! {
    /// Payload of [`ExecApprovalResolved`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ExecApprovalResolvedPayload {
        /// The question.
        must id: ApprovalId = "id",
        /// The answer.
        must decision: ExecDecision = "decision",
        /// Who said so.
        null resolved_by: String = "resolvedBy",
        /// When.
        must ts: u64 = "ts",
        /// What it was about. Since protocol 4.
        may request: ExecRequest = "request",
    }
}

impl ExecApprovalResolvedPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: ApprovalId, decision: ExecDecision, ts: u64) -> Self {
        Self {
            id,
            decision,
            resolved_by: Nullable::Absent,
            ts,
            request: None,
            rest: Map::new(),
        }
    }
}
