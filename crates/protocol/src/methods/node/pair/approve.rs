//! `node.pair.approve`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::PairingRequestId;
use crate::invalid::Problems;
use crate::methods::node::pair::record::PairedNode;
use crate::{Access, Method, Scope};

/// Approves a node, or what it declares.
///
/// Shape: `{requestId}` → `{requestId, node}`. The event `node.pair.resolved` follows, also to the
/// node.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` `unknown requestId`; since protocol 4 `FORBIDDEN` when the caller
/// lacks one of `requiredApproveScopes`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodePairApprove {}

impl Method for NodePairApprove {
    const NAME: &'static str = "node.pair.approve";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = NodePairApproveParams;
    type Result = NodePairApproveResult;

    fn check(params: &NodePairApproveParams, problems: &mut Problems) {
        problems.not_empty("/requestId", &params.request_id);
    }
}

/// Params of [`NodePairApprove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePairApproveParams {
    /// The request.
    #[schemars(length(min = 1))]
    pub request_id: PairingRequestId,
}

/// Result of [`NodePairApprove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePairApproveResult {
    /// The request.
    pub request_id: PairingRequestId,
    /// The node.
    pub node: PairedNode,
}
