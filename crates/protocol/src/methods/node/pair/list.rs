//! `node.pair.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::method::NoParams;
use crate::methods::node::pair::record::{PairedNode, PendingNode};
use crate::{Access, Method, Scope};

/// Nodes that wait for approval, and those that have it.
///
/// Shape: `{}` → `{pending, paired}`.
/// Units: times in milliseconds since the epoch.
/// Errors: `UNAVAILABLE` when pairing data cannot be read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodePairList {}

impl Method for NodePairList {
    const NAME: &'static str = "node.pair.list";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    type Params = NoParams;
    type Result = NodePairListResult;
}

/// Result of [`NodePairList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodePairListResult {
    /// Who waits.
    pub pending: Vec<PendingNode>,
    /// Who was approved.
    pub paired: Vec<PairedNode>,
}
