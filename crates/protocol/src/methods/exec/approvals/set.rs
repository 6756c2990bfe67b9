//! `exec.approvals.set`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::methods::exec::approvals::file::{ExecApprovalsFile, ExecApprovalsSnapshot};
use crate::{Access, Method, Scope};

/// Says what may run on the Gateway.
///
/// Shape: `{file, baseHash?}` → `{path, exists, hash, file}`.
/// Units: `baseHash` is the `hash` of `exec.approvals.get`; required when there is a file.
/// Errors: `INVALID_REQUEST` `exec approvals base hash required; re-run exec.approvals.get and
/// retry`, `exec approvals changed since last load; re-run exec.approvals.get and retry`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalsSet {}

impl Method for ExecApprovalsSet {
    const NAME: &'static str = "exec.approvals.set";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = ExecApprovalsSetParams;
    type Result = ExecApprovalsSnapshot;
}

/// Params of [`ExecApprovalsSet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecApprovalsSetParams {
    /// All of it.
    pub file: ExecApprovalsFile,
    /// What the file was when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_hash: Option<String>,
}

impl ExecApprovalsSetParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(file: ExecApprovalsFile) -> Self {
        Self {
            file,
            base_hash: None,
        }
    }
}
