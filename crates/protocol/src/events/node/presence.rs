//! `node.presence`

use serde_json::Map;

use crate::id::NodeId;
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::{Audience, Event, Generation, Scope};

/// When a person last used a node.
///
/// Units: times in milliseconds since the epoch; `null` when that is no longer known.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodePresence {}

impl Event for NodePresence {
    const NAME: &'static str = "node.presence";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = NodePresencePayload;
}

open_record! {
    /// Payload of [`NodePresence`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct NodePresencePayload {
        /// The node.
        must node_id: NodeId = "nodeId",
        /// When a person last used it.
        null last_active_at_ms: u64 = "lastActiveAtMs",
        /// When it last said so.
        null presence_updated_at_ms: u64 = "presenceUpdatedAtMs",
    }
}

impl NodePresencePayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(node_id: NodeId) -> Self {
        Self {
            node_id,
            last_active_at_ms: Nullable::Absent,
            presence_updated_at_ms: Nullable::Absent,
            rest: Map::new(),
        }
    }
}
