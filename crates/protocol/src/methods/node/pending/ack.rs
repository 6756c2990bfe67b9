//! `node.pending.ack`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{InvokeId, NodeId};
use crate::invalid::Problems;
use crate::{Access, Generation, Method};

/// Takes invokes off the calling node's list.
///
/// Shape: `{ids}` → `{nodeId, ackedIds, remainingCount}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for an empty list; `UNAVAILABLE` when pairing changed meanwhile.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePendingAck {}

impl Method for NodePendingAck {
    const NAME: &'static str = "node.pending.ack";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    type Params = NodePendingAckParams;
    type Result = NodePendingAckResult;

    fn check(params: &NodePendingAckParams, problems: &mut Problems) {
        if params.ids.is_empty() {
            problems.at("/ids", "must not have fewer than 1 items");
        }
        problems.none_empty("/ids", Some(&params.ids));
    }
}

/// Params of [`NodePendingAck`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodePendingAckParams {
    /// What was done; at least one.
    pub ids: Vec<InvokeId>,
}

/// Result of [`NodePendingAck`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingAckResult {
    /// The caller.
    pub node_id: NodeId,
    /// The ids without repeats.
    pub acked_ids: Vec<InvokeId>,
    /// How many still wait.
    pub remaining_count: u64,
}
