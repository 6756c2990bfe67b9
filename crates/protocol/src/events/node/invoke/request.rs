//! `node.invoke.request`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{InvokeId, NodeId};
use crate::methods::nullable::Nullable;
use crate::{Audience, Event};

/// Asks a node to run a command; it answers with `node.invoke.result`.
///
/// Without `seq`. Units: `timeoutMs` in milliseconds.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodeInvokeRequest {}

impl Event for NodeInvokeRequest {
    const NAME: &'static str = "node.invoke.request";
    const AUDIENCE: Audience = Audience::Target;
    type Payload = NodeInvokeRequestPayload;
}

/// Payload of [`NodeInvokeRequest`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeInvokeRequestPayload {
    /// The id of this request.
    pub id: InvokeId,
    /// The node.
    pub node_id: NodeId,
    /// The command.
    pub command: String,
    /// What it takes, as text; `null` where the caller gave nothing.
    #[serde(
        rename = "paramsJSON",
        default,
        skip_serializing_if = "Nullable::is_absent"
    )]
    pub params_json: Nullable<String>,
    /// How long the caller still waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Run one command for one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

impl NodeInvokeRequestPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: InvokeId, node_id: NodeId, command: String) -> Self {
        Self {
            id,
            node_id,
            command,
            params_json: Nullable::Absent,
            timeout_ms: None,
            idempotency_key: None,
        }
    }
}
