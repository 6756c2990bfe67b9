//! `node.pair.requested`

use crate::methods::node::pair::record::PendingNode;
use crate::{Audience, Event, Scope};

/// A node waits for approval.
///
/// Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodePairRequested {}

impl Event for NodePairRequested {
    const NAME: &'static str = "node.pair.requested";
    const AUDIENCE: Audience = Audience::Operators(Scope::Pairing);
    const DROP_IF_SLOW: bool = true;
    type Payload = PendingNode;
}
