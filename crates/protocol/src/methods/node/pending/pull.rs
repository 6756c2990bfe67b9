//! `node.pending.pull`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{InvokeId, NodeId};
use crate::invalid::Problems;
use crate::{Access, Generation, Method};

/// The invokes that wait for the calling node to come to the foreground.
///
/// Shape: `{}` → `{nodeId, actions}`.
/// Units: times in milliseconds since the epoch; actions live 600 000 ms, at most 64 per node.
/// Errors: `INVALID_REQUEST` `nodeId required`; `UNAVAILABLE` when pairing changed meanwhile.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePendingPull {}

impl Method for NodePendingPull {
    const NAME: &'static str = "node.pending.pull";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    type Params = NodePendingPullParams;
    type Result = NodePendingPullResult;

    fn check(params: &NodePendingPullParams, problems: &mut Problems) {
        problems.within("/maxItems", params.max_items, 1, 10);
    }
}

/// Params of [`NodePendingPull`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePendingPullParams {
    /// Most actions, 1 to 10. The newest release answers them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
}

/// Result of [`NodePendingPull`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingPullResult {
    /// The caller.
    pub node_id: NodeId,
    /// The invokes.
    pub actions: Vec<PendingAction>,
}

/// An invoke that waited for the node to come to the foreground.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingAction {
    /// Its id.
    pub id: InvokeId,
    /// The command.
    pub command: String,
    /// What the command takes, as text; `null` where the caller gave nothing.
    #[serde(rename = "paramsJSON", default)]
    pub params_json: Option<String>,
    /// When it was queued, milliseconds since the epoch.
    pub enqueued_at_ms: u64,
}

impl PendingAction {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: InvokeId, command: String, enqueued_at_ms: u64) -> Self {
        Self {
            id,
            command,
            params_json: None,
            enqueued_at_ms,
        }
    }
}
