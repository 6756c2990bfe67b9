//! `exec.approval.resolve`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::ApprovalId;
use crate::methods::common::Done;
use crate::methods::exec::approval::record::ExecDecision;
use crate::{Access, Method, Scope};

/// Answers a question.
///
/// Shape: `{id, decision}` → `{ok}`. The event `exec.approval.resolved` follows.
/// Units: `grantExpiresInDays` 1 to 3650.
/// Errors: `INVALID_REQUEST` `invalid decision`; `unknown approval id`, in protocol 4 `unknown or
/// expired approval id` with `details.reason` `APPROVAL_NOT_FOUND`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalResolve {}

impl Method for ExecApprovalResolve {
    const NAME: &'static str = "exec.approval.resolve";
    const ACCESS: Access = Access::Operator(Scope::Approvals);
    type Params = ExecApprovalResolveParams;
    type Result = Done;
}

/// Params of [`ExecApprovalResolve`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecApprovalResolveParams {
    /// The question.
    pub id: ApprovalId,
    /// The answer.
    pub decision: ExecDecision,
    /// Who answered in a channel. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<Reviewer>,
    /// How long `allow-always` holds, days. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_expires_in_days: Option<u64>,
}

impl ExecApprovalResolveParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: ApprovalId, decision: ExecDecision) -> Self {
        Self {
            id,
            decision,
            reviewer: None,
            grant_expires_in_days: None,
        }
    }
}

/// The person in a channel who answered. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reviewer {
    /// The channel.
    pub channel: String,
    /// The account.
    pub account_id: String,
    /// The person.
    pub sender_id: String,
}
