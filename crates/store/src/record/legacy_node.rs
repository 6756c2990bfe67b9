//! A node of the February `node.pair.*` family.

use openclaw_protocol::id::NodeId;

use crate::{ClientFacts, Surface, TokenDigest};

/// A node paired by `node.pair.request` of protocol 3: a name and a token, no device key.
///
/// It gates no connection. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyNodeRecord {
    /// The id the node chose.
    pub node_id: NodeId,
    /// SHA-256 of the token that `node.pair.verify` asks about.
    pub token: TokenDigest,
    /// What the node said of itself.
    pub facts: ClientFacts,
    /// What it declared.
    pub declared: Surface,
    /// When it was first approved.
    pub created_at_ms: u64,
    /// When it was last approved.
    pub approved_at_ms: u64,
}
