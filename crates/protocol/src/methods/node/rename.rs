//! `node.rename`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::{Access, Method, Scope};

/// Gives a paired node another name.
///
/// Shape: `{nodeId, displayName}` → `{nodeId, displayName}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unknown nodeId`, `displayName required`; since protocol 4 `node
/// rename denied`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodeRename {}

impl Method for NodeRename {
    const NAME: &'static str = "node.rename";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = NodeRenameParams;
    type Result = NodeRenameResult;
}

/// Params of [`NodeRename`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeRenameParams {
    /// Which node.
    pub node_id: NodeId,
    /// The name; trimmed, not empty.
    pub display_name: String,
}

/// Result of [`NodeRename`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeRenameResult {
    /// Which node.
    pub node_id: NodeId,
    /// The name that now holds.
    pub display_name: String,
}
