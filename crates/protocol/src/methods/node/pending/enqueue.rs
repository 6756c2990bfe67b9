//! `node.pending.enqueue`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::invalid::Problems;
use crate::methods::node::pending::work::{PendingWork, PendingWorkKind};
use crate::{Access, Generation, Method, Scope};

/// Queues work for a node that is not connected, one piece per type.
///
/// Shape: `{nodeId, type, priority?, expiresInMs?, wake?}` → `{nodeId, revision, queued,
/// wakeTriggered}`.
/// Units: `expiresInMs` in milliseconds, 1000 to 86 400 000; absent means 86 400 000.
/// Errors: `INVALID_REQUEST` for an unknown type.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePendingEnqueue {}

impl Method for NodePendingEnqueue {
    const NAME: &'static str = "node.pending.enqueue";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const SINCE: Generation = Generation::V4;
    type Params = NodePendingEnqueueParams;
    type Result = NodePendingEnqueueResult;

    fn check(params: &NodePendingEnqueueParams, problems: &mut Problems) {
        problems.not_empty("/nodeId", &params.node_id);
        problems.within("/expiresInMs", params.expires_in_ms, 1000, 86_400_000);
    }
}

/// Params of [`NodePendingEnqueue`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePendingEnqueueParams {
    /// Which node.
    pub node_id: NodeId,
    /// What is to be done.
    #[serde(rename = "type")]
    pub kind: PendingWorkKind,
    /// How pressing it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<EnqueuePriority>,
    /// When it lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_ms: Option<u64>,
    /// Whether to wake the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake: Option<bool>,
}

impl NodePendingEnqueueParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(node_id: NodeId, kind: PendingWorkKind) -> Self {
        Self {
            node_id,
            kind,
            priority: None,
            expires_in_ms: None,
            wake: None,
        }
    }
}

/// Result of [`NodePendingEnqueue`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePendingEnqueueResult {
    /// Which node.
    pub node_id: NodeId,
    /// Grows with every change of the queue.
    pub revision: u64,
    /// What now waits.
    pub queued: PendingWork,
    /// Whether the node is being woken.
    pub wake_triggered: bool,
}

/// How pressing queued work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EnqueuePriority {
    /// Ordinary.
    #[serde(rename = "normal")]
    Normal,
    /// Before ordinary work.
    #[serde(rename = "high")]
    High,
}
