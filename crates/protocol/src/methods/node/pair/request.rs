//! `node.pair.request`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::invalid::Problems;
use crate::methods::node::pair::record::PendingNode;
use crate::open_enum::open_enum;
use crate::{Access, Generation, Method, Scope};

/// Asks for approval in the legacy node store, which WebSocket nodes do not need.
///
/// Shape: `{nodeId, …}` → `{status, request, created}`.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` for params.
/// Source: observed on 2026.2.6-3; gone in 2026.9.6.
#[derive(Debug)]
pub enum NodePairRequest {}

impl Method for NodePairRequest {
    const NAME: &'static str = "node.pair.request";
    const ACCESS: Access = Access::Operator(Scope::Pairing);
    const UNTIL: Generation = Generation::V3;
    type Params = NodePairRequestParams;
    type Result = NodePairRequestResult;

    fn check(params: &NodePairRequestParams, problems: &mut Problems) {
        problems.not_empty("/nodeId", &params.node_id);
        for (path, text) in [
            ("/displayName", &params.display_name),
            ("/platform", &params.platform),
            ("/version", &params.version),
            ("/coreVersion", &params.core_version),
            ("/uiVersion", &params.ui_version),
            ("/deviceFamily", &params.device_family),
            ("/modelIdentifier", &params.model_identifier),
            ("/remoteIp", &params.remote_ip),
        ] {
            problems.not_empty_if_any(path, text.as_ref());
        }
        problems.none_empty("/caps", params.caps.as_deref());
        problems.none_empty("/commands", params.commands.as_deref());
    }
}

/// Params of [`NodePairRequest`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodePairRequestParams {
    /// The node.
    #[schemars(length(min = 1))]
    pub node_id: NodeId,
    /// Name for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Version of its program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Version of its core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_version: Option<String>,
    /// Version of its user interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_version: Option<String>,
    /// Device family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_family: Option<String>,
    /// Hardware model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_identifier: Option<String>,
    /// Abilities that it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<Vec<String>>,
    /// Commands that it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
    /// Where it connects from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_ip: Option<String>,
    /// Whether people are not to be asked aloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
}

impl NodePairRequestParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(node_id: NodeId) -> Self {
        Self {
            node_id,
            display_name: None,
            platform: None,
            version: None,
            core_version: None,
            ui_version: None,
            device_family: None,
            model_identifier: None,
            caps: None,
            commands: None,
            remote_ip: None,
            silent: None,
        }
    }
}

/// Result of [`NodePairRequest`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodePairRequestResult {
    /// How the request stands.
    pub status: NodePairStatus,
    /// The request.
    pub request: PendingNode,
    /// Whether it is new.
    pub created: bool,
}

open_enum! {
    /// How a request stands.
    pub enum NodePairStatus {
        /// It waits for approval.
        Pending = "pending",
    }
}
