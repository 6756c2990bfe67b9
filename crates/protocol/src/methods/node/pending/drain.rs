//! `node.pending.drain`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::invalid::Problems;
use crate::methods::node::pending::work::PendingWork;
use crate::{Access, Generation, Method};

/// The work that waits for the calling node.
///
/// Shape: `{maxItems?}` → `{nodeId, revision, items, hasMore}`.
/// Units: `maxItems` 1 to 10; absent means 4.
/// Errors: `INVALID_REQUEST` for params.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePendingDrain {}

impl Method for NodePendingDrain {
    const NAME: &'static str = "node.pending.drain";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    type Params = NodePendingDrainParams;
    type Result = NodePendingDrainResult;

    fn check(params: &NodePendingDrainParams, problems: &mut Problems) {
        problems.within("/maxItems", params.max_items, 1, 10);
    }
}

/// Params of [`NodePendingDrain`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePendingDrainParams {
    /// Most pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
}

/// Result of [`NodePendingDrain`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingDrainResult {
    /// The caller.
    pub node_id: NodeId,
    /// Grows with every change of the queue.
    pub revision: u64,
    /// The work.
    pub items: Vec<PendingWork>,
    /// Whether more waits.
    pub has_more: bool,
}
