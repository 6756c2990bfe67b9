//! `exec.approval.list`

use crate::methods::common::IgnoredParams;
use crate::methods::exec::approval::record::PendingExecApproval;
use crate::{Access, Generation, Method, Scope};

/// The questions that wait for an answer and that the caller may see.
///
/// Shape: any params → an array.
/// Units: times in milliseconds since the epoch.
/// Errors: none of its own.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ExecApprovalList {}

impl Method for ExecApprovalList {
    const NAME: &'static str = "exec.approval.list";
    const ACCESS: Access = Access::Operator(Scope::Approvals);
    const SINCE: Generation = Generation::V4;
    type Params = IgnoredParams;
    type Result = Vec<PendingExecApproval>;
}
