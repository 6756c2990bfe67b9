//! `node.pair.reject`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{NodeId, PairingRequestId};
use crate::invalid::Problems;
use crate::{Access, Method, Scope};

/// Turns a node away, or what it declares.
///
/// Shape: `{requestId}` → `{requestId, nodeId}`. The event `node.pair.resolved` follows.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unknown requestId`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodePairReject {}

impl Method for NodePairReject {
    const NAME: &'static str = "node.pair.reject";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = NodePairRejectParams;
    type Result = NodePairRejectResult;

    fn check(params: &NodePairRejectParams, problems: &mut Problems) {
        problems.not_empty("/requestId", &params.request_id);
    }
}

/// Params of [`NodePairReject`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePairRejectParams {
    /// The request.
    #[schemars(length(min = 1))]
    pub request_id: PairingRequestId,
}

/// Result of [`NodePairReject`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairRejectResult {
    /// The request.
    pub request_id: PairingRequestId,
    /// The node.
    pub node_id: NodeId,
}
