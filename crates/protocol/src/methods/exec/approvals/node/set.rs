//! `exec.approvals.node.set`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::methods::exec::approvals::file::ExecApprovalsFile;
use crate::methods::exec::approvals::node::get::ExecApprovalsNodeSnapshot;
use crate::{Access, Method, Scope};

/// Says what may run on a node, by its command `system.execApprovals.set`.
///
/// Shape: `{nodeId, file, baseHash?}`, since protocol 4 also `{nodeId, native, baseHash}` → what
/// the node says.
/// Units: `baseHash` is the `hash` of `exec.approvals.node.get`.
/// Errors: as in `node.invoke` and `exec.approvals.set`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ExecApprovalsNodeSet {}

impl Method for ExecApprovalsNodeSet {
    const NAME: &'static str = "exec.approvals.node.set";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = ExecApprovalsNodeSetParams;
    type Result = ExecApprovalsNodeSnapshot;
}

/// Params of [`ExecApprovalsNodeSet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExecApprovalsNodeSetParams {
    /// Which node.
    pub node_id: NodeId,
    /// All of the file. Either this or `native`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ExecApprovalsFile>,
    /// The platform's own rules. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<NativeRules>,
    /// What the file was when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_hash: Option<String>,
}

impl ExecApprovalsNodeSetParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(node_id: NodeId) -> Self {
        Self {
            node_id,
            file: None,
            native: None,
            base_hash: None,
        }
    }
}

/// What a platform does with a command. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum NativeAction {
    /// It runs.
    #[serde(rename = "allow")]
    Allow,
    /// It does not.
    #[serde(rename = "deny")]
    Deny,
    /// A person is asked.
    #[serde(rename = "prompt")]
    Prompt,
}

/// One rule of the platform. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NativeRule {
    /// Which command.
    pub pattern: String,
    /// What becomes of it.
    pub action: NativeAction,
    /// In which shells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shells: Option<Vec<String>>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl NativeRule {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(pattern: String, action: NativeAction) -> Self {
        Self {
            pattern,
            action,
            shells: None,
            description: None,
            enabled: None,
        }
    }
}

/// The platform's own rules. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NativeRules {
    /// What holds where no rule fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_action: Option<NativeAction>,
    /// The rules.
    pub rules: Vec<NativeRule>,
}

impl NativeRules {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(rules: Vec<NativeRule>) -> Self {
        Self {
            default_action: None,
            rules,
        }
    }
}
