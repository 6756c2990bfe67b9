//! `node.runnerInventory.update`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::NodeId;
use crate::{Access, Generation, Method};

/// Declares that the calling node can host sessions, or that it no longer can.
///
/// Shape: `{protocolFeatures, workerHost?, workerRuns?}` → `{nodeId}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `invalid node runner inventory`, `unknown nodeId`, or that the node
/// needs an update.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodeRunnerInventoryUpdate {}

impl Method for NodeRunnerInventoryUpdate {
    const NAME: &'static str = "node.runnerInventory.update";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    const ADVERTISED: bool = false;
    type Params = NodeRunnerInventoryUpdateParams;
    type Result = NodeRunnerInventoryUpdateResult;
}

/// Params of [`NodeRunnerInventoryUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeRunnerInventoryUpdateParams {
    /// How it takes part; empty when it does not.
    pub protocol_features: Vec<String>,
    /// `{enabled, capacity?, …}`; passed on as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_host: Option<Value>,
    /// From older nodes; passed on as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker_runs: Option<Value>,
}

impl NodeRunnerInventoryUpdateParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(protocol_features: Vec<String>) -> Self {
        Self {
            protocol_features,
            worker_host: None,
            worker_runs: None,
        }
    }
}

/// Result of [`NodeRunnerInventoryUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeRunnerInventoryUpdateResult {
    /// The caller.
    pub node_id: NodeId,
}
