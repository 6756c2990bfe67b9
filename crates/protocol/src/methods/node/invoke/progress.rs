//! `node.invoke.progress`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{InvokeId, NodeId};
use crate::invalid::Problems;
use crate::{Access, Generation, Method};

/// A piece of output of a command that is still running.
///
/// Shape: `{invokeId, nodeId, seq, chunk}` → `{ok, ignored}`.
/// Units: `chunk` is at most 16 384 characters; `seq` counts from 0 per invoke.
/// Errors: `INVALID_REQUEST` `nodeId mismatch`. Pieces that nobody waits for are acknowledged with
/// `ignored`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum NodeInvokeProgress {}

impl Method for NodeInvokeProgress {
    const NAME: &'static str = "node.invoke.progress";
    const ACCESS: Access = Access::Node;
    const SINCE: Generation = Generation::V4;
    type Params = NodeInvokeProgressParams;
    type Result = NodeInvokeProgressResult;

    fn check(params: &NodeInvokeProgressParams, problems: &mut Problems) {
        problems.not_empty("/invokeId", &params.invoke_id);
        problems.not_empty("/nodeId", &params.node_id);
        if params.chunk.chars().count() > MAX_CHUNK {
            problems.too_long("/chunk", MAX_CHUNK);
        }
    }
}

/// Most characters of one piece.
pub const MAX_CHUNK: usize = 16_384;

/// Params of [`NodeInvokeProgress`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeInvokeProgressParams {
    /// The id of the request.
    pub invoke_id: InvokeId,
    /// The caller's own id.
    pub node_id: NodeId,
    /// Place of this piece.
    pub seq: u64,
    /// The output.
    pub chunk: String,
}

/// Result of [`NodeInvokeProgress`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeInvokeProgressResult {
    /// Always true.
    pub ok: bool,
    /// Whether nobody waited for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored: Option<bool>,
}

impl NodeInvokeProgressResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool) -> Self {
        Self { ok, ignored: None }
    }
}
