//! `node.pair.resolved`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{NodeId, PairingRequestId};
use crate::open_enum::open_enum;
use crate::{Audience, Event, Scope};

/// A node was approved, turned away or removed. The node itself is told too, without `seq`.
///
/// Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodePairResolved {}

impl Event for NodePairResolved {
    const NAME: &'static str = "node.pair.resolved";
    const AUDIENCE: Audience = Audience::Operators(Scope::Pairing);
    const DROP_IF_SLOW: bool = true;
    type Payload = NodePairResolvedPayload;
}

/// Payload of [`NodePairResolved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairResolvedPayload {
    /// The request; empty for `removed`.
    pub request_id: PairingRequestId,
    /// The node.
    pub node_id: NodeId,
    /// What became of it.
    pub decision: PairDecision,
    /// When.
    pub ts: u64,
}

open_enum! {
    /// What became of a request.
    pub enum PairDecision {
        /// It was granted.
        Approved = "approved",
        /// It was turned down, or a newer one took its place.
        Rejected = "rejected",
        /// What had been granted was taken back.
        Removed = "removed",
    }
}
