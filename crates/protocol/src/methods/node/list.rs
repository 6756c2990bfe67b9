//! `node.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::method::NoParams;
use crate::methods::node::entry::NodeEntry;
use crate::{Access, Method, Scope};

/// The nodes that are known: connected first, then by name.
///
/// Shape: `{}` → `{ts, activeNodeId?, nodes}`.
/// Units: times in milliseconds since the epoch.
/// Errors: `UNAVAILABLE` when pairing data cannot be read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodeList {}

impl Method for NodeList {
    const NAME: &'static str = "node.list";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = NoParams;
    type Result = NodeListResult;
}

/// Result of [`NodeList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeListResult {
    /// The Gateway's clock, milliseconds since the epoch.
    pub ts: u64,
    /// The node that a person used last. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_node_id: Option<NodeId>,
    /// The nodes.
    pub nodes: Vec<NodeEntry>,
}

impl NodeListResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ts: u64, nodes: Vec<NodeEntry>) -> Self {
        Self {
            ts,
            active_node_id: None,
            nodes,
        }
    }
}
