//! `exec.approvals.get`

use crate::method::NoParams;
use crate::methods::exec::approvals::file::ExecApprovalsSnapshot;
use crate::{Access, Method, Scope};

/// What may run on the Gateway.
///
/// Shape: `{}` → `{path, exists, hash, file}`.
/// Units: `hash` is opaque.
/// Errors: `UNAVAILABLE` when it cannot be read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalsGet {}

impl Method for ExecApprovalsGet {
    const NAME: &'static str = "exec.approvals.get";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = NoParams;
    type Result = ExecApprovalsSnapshot;
}
