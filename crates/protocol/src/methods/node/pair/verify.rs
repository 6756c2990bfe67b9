//! `node.pair.verify`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::invalid::Problems;
use crate::methods::node::pair::record::PairedNode;
use crate::methods::secret::WireSecret;
use crate::{Access, Generation, Method, Scope};

/// Checks a token of the legacy node store.
///
/// Shape: `{nodeId, token}` → `{ok, node?}`.
/// Units: none.
/// Errors: none; a wrong token answers `ok: false`.
/// Source: observed on 2026.2.6-3; gone in 2026.9.6.
#[derive(Debug)]
pub enum NodePairVerify {}

impl Method for NodePairVerify {
    const NAME: &'static str = "node.pair.verify";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const UNTIL: Generation = Generation::V3;
    type Params = NodePairVerifyParams;
    type Result = NodePairVerifyResult;

    fn check(params: &NodePairVerifyParams, problems: &mut Problems) {
        problems.not_empty("/nodeId", &params.node_id);
        problems.not_empty("/token", params.token.expose());
    }
}

/// Params of [`NodePairVerify`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePairVerifyParams {
    /// The node.
    #[schemars(length(min = 1))]
    pub node_id: NodeId,
    /// Its token.
    #[schemars(length(min = 1))]
    pub token: WireSecret,
}

/// Result of [`NodePairVerify`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodePairVerifyResult {
    /// Whether the token is right.
    pub ok: bool,
    /// The node, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<PairedNode>,
}

impl NodePairVerifyResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool) -> Self {
        Self { ok, node: None }
    }
}
