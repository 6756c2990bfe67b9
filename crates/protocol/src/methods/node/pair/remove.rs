//! `node.pair.remove`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::invalid::Problems;
use crate::{Access, Generation, Method, Scope};

/// Removes a node and closes its connections.
///
/// Shape: `{nodeId}` → `{nodeId}`. The event `node.pair.resolved` with `removed` follows.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unknown nodeId`, or a sentence why the caller may not.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePairRemove {}

impl Method for NodePairRemove {
    const NAME: &'static str = "node.pair.remove";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    type Params = NodePairRemoveParams;
    type Result = NodePairRemoveResult;

    fn check(params: &NodePairRemoveParams, problems: &mut Problems) {
        problems.not_empty("/nodeId", &params.node_id);
    }
}

/// Params of [`NodePairRemove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePairRemoveParams {
    /// Which node.
    #[schemars(length(min = 1))]
    pub node_id: NodeId,
}

/// Result of [`NodePairRemove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairRemoveResult {
    /// Which node.
    pub node_id: NodeId,
}
