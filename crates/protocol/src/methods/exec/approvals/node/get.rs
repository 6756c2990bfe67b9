//! `exec.approvals.node.get`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::NodeId;
use crate::methods::exec::approvals::file::ExecApprovalsFile;
use crate::methods::lenient::Lenient;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// What may run on a node, by its command `system.execApprovals.get`.
///
/// Shape: `{nodeId}` → what the node says.
/// Units: `hash` is opaque.
/// Errors: as in `node.invoke`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalsNodeGet {}

impl Method for ExecApprovalsNodeGet {
    const NAME: &'static str = "exec.approvals.node.get";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = ExecApprovalsNodeGetParams;
    type Result = ExecApprovalsNodeSnapshot;
}

/// Params of [`ExecApprovalsNodeGet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecApprovalsNodeGetParams {
    /// Which node.
    pub node_id: NodeId,
}

open_record! {
    /// What may run on a node: result of [`ExecApprovalsNodeGet`] and of `exec.approvals.node.set`.
    /// What it says depends on the node.
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct ExecApprovalsNodeSnapshot {
        /// Where the file is.
        may path: String = "path",
        /// Whether there is one.
        may exists: bool = "exists",
        /// What the file is: hand it back as `baseHash`.
        may hash: String = "hash",
        /// What it says.
        may file: Lenient<ExecApprovalsFile> = "file",
        /// What holds where it says nothing. Since protocol 4.
        may resolved_defaults: Value = "resolvedDefaults",
        /// Whether the platform's own rules are on. Since protocol 4.
        may enabled: bool = "enabled",
        /// What those rules are. Since protocol 4.
        may base_hash: String = "baseHash",
        /// What holds where no rule fits. Since protocol 4.
        may default_action: String = "defaultAction",
        /// Those rules. Since protocol 4.
        may rules: Vec<Value> = "rules",
    }
}
