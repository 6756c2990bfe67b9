//! `exec.approval.requested`

use crate::methods::exec::approval::record::PendingExecApproval;
use crate::{Audience, Event, Scope};

/// Somebody must say whether a command may run.
///
/// In protocol 4 the one who asked does not get it. Units: times in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalRequested {}

impl Event for ExecApprovalRequested {
    const NAME: &'static str = "exec.approval.requested";
    const AUDIENCE: Audience = Audience::Operators(Scope::Approvals);
    const DROP_IF_SLOW: bool = true;
    type Payload = PendingExecApproval;
}
