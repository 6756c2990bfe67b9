//! `node.invoke.input`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{InvokeId, NodeId};
use crate::{Audience, Event, Generation};

/// More input for a command that is running.
///
/// Without `seq`. Units: `payloadJSON` is at most 16 384 characters; `seq` counts from 0 per
/// invoke.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodeInvokeInput {}

impl Event for NodeInvokeInput {
    const NAME: &'static str = "node.invoke.input";
    const AUDIENCE: Audience = Audience::Target;
    const SINCE: Generation = Generation::V4;
    type Payload = NodeInvokeInputPayload;
}

/// Payload of [`NodeInvokeInput`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeInputPayload {
    /// The id of the request.
    pub id: InvokeId,
    /// The node.
    pub node_id: NodeId,
    /// Place of this input.
    pub seq: u64,
    /// The input, as JSON text.
    #[serde(rename = "payloadJSON")]
    pub payload_json: String,
}
