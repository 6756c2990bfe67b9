//! `node.hostStats`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::methods::node::host_stats::HostStats;
use crate::{Audience, Event, Generation, Scope};

/// Load of the host of a node.
///
/// Units: bytes; times in milliseconds since the epoch.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodeHostStats {}

impl Event for NodeHostStats {
    const NAME: &'static str = "node.hostStats";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = NodeHostStatsPayload;
}

/// Payload of [`NodeHostStats`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeHostStatsPayload {
    /// The node.
    pub node_id: NodeId,
    /// Its load.
    pub host_stats: HostStats,
}
