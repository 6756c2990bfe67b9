//! `node.invoke.cancel`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{InvokeId, NodeId};
use crate::{Audience, Event, Generation};

/// Nobody waits for this command any more.
///
/// Without `seq`. Units: none.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodeInvokeCancel {}

impl Event for NodeInvokeCancel {
    const NAME: &'static str = "node.invoke.cancel";
    const AUDIENCE: Audience = Audience::Target;
    const SINCE: Generation = Generation::V4;
    type Payload = NodeInvokeCancelPayload;
}

/// Payload of [`NodeInvokeCancel`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeCancelPayload {
    /// The id of the request.
    pub invoke_id: InvokeId,
    /// The node.
    pub node_id: NodeId,
}
