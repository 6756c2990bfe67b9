//! `node.describe`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::methods::node::entry::NodeEntry;
use crate::{Access, Method, Scope};

/// One node.
///
/// Shape: `{nodeId}` → the node's row with `ts`.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `unknown nodeId`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodeDescribe {}

impl Method for NodeDescribe {
    const NAME: &'static str = "node.describe";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = NodeDescribeParams;
    type Result = NodeEntry;
}

/// Params of [`NodeDescribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeDescribeParams {
    /// Which node.
    pub node_id: NodeId,
}
