//! Requests and approvals of nodes.

use std::collections::BTreeMap;

use serde_json::Map;

use crate::Scope;
use crate::client::ClientId;
use crate::id::{NodeId, PairingRequestId};
use crate::methods::open_record::open_record;
use crate::methods::secret::WireSecret;

open_record! {
    /// A node that waits for approval.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PendingNode {
        /// The request.
        must request_id: PairingRequestId = "requestId",
        /// The node.
        must node_id: NodeId = "nodeId",
        /// Its program. Since protocol 4.
        may client_id: ClientId = "clientId",
        /// How its program connects. Since protocol 4.
        may client_mode: String = "clientMode",
        /// Name for a person.
        may display_name: String = "displayName",
        /// Platform.
        may platform: String = "platform",
        /// Version of its program.
        may version: String = "version",
        /// Version of its core.
        may core_version: String = "coreVersion",
        /// Version of its user interface.
        may ui_version: String = "uiVersion",
        /// Device family.
        may device_family: String = "deviceFamily",
        /// Hardware model.
        may model_identifier: String = "modelIdentifier",
        /// Abilities that it declares.
        may caps: Vec<String> = "caps",
        /// Commands that it declares.
        may commands: Vec<String> = "commands",
        /// Permissions of its platform. Since protocol 4.
        may permissions: BTreeMap<String, bool> = "permissions",
        /// What an approver must hold. Since protocol 4.
        may required_approve_scopes: Vec<Scope> = "requiredApproveScopes",
        /// Where it connects from.
        may remote_ip: String = "remoteIp",
        /// Whether the device itself was approved without asking.
        may silent: bool = "silent",
        /// Whether it was paired before. Protocol 3 only.
        may is_repair: bool = "isRepair",
        /// When it asked, milliseconds since the epoch.
        must ts: u64 = "ts",
    }
}

impl PendingNode {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(request_id: PairingRequestId, node_id: NodeId, ts: u64) -> Self {
        Self {
            request_id,
            node_id,
            client_id: None,
            client_mode: None,
            display_name: None,
            platform: None,
            version: None,
            core_version: None,
            ui_version: None,
            device_family: None,
            model_identifier: None,
            caps: None,
            commands: None,
            permissions: None,
            required_approve_scopes: None,
            remote_ip: None,
            silent: None,
            is_repair: None,
            ts,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// A node that was approved.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PairedNode {
        /// The node.
        must node_id: NodeId = "nodeId",
        /// Its token in the legacy store. Protocol 3 only.
        may token: WireSecret = "token",
        /// Its program. Since protocol 4.
        may client_id: ClientId = "clientId",
        /// How its program connects. Since protocol 4.
        may client_mode: String = "clientMode",
        /// Name for a person.
        may display_name: String = "displayName",
        /// Platform.
        may platform: String = "platform",
        /// Version of its program.
        may version: String = "version",
        /// Version of its core.
        may core_version: String = "coreVersion",
        /// Version of its user interface.
        may ui_version: String = "uiVersion",
        /// Device family.
        may device_family: String = "deviceFamily",
        /// Hardware model.
        may model_identifier: String = "modelIdentifier",
        /// Abilities that were approved.
        may caps: Vec<String> = "caps",
        /// Commands that were approved.
        may commands: Vec<String> = "commands",
        /// Permissions that were approved.
        may permissions: BTreeMap<String, bool> = "permissions",
        /// Where it connected from.
        may remote_ip: String = "remoteIp",
        /// When it was first approved, milliseconds since the epoch.
        must created_at_ms: u64 = "createdAtMs",
        /// When it was last approved, milliseconds since the epoch.
        must approved_at_ms: u64 = "approvedAtMs",
        /// When its last connection began, milliseconds since the epoch.
        may last_connected_at_ms: u64 = "lastConnectedAtMs",
        /// When it was last heard of, milliseconds since the epoch. Since protocol 4.
        may last_seen_at_ms: u64 = "lastSeenAtMs",
        /// How it was heard of. Since protocol 4.
        may last_seen_reason: String = "lastSeenReason",
    }
}

impl PairedNode {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(node_id: NodeId, created_at_ms: u64, approved_at_ms: u64) -> Self {
        Self {
            node_id,
            token: None,
            client_id: None,
            client_mode: None,
            display_name: None,
            platform: None,
            version: None,
            core_version: None,
            ui_version: None,
            device_family: None,
            model_identifier: None,
            caps: None,
            commands: None,
            permissions: None,
            remote_ip: None,
            created_at_ms,
            approved_at_ms,
            last_connected_at_ms: None,
            last_seen_at_ms: None,
            last_seen_reason: None,
            rest: Map::new(),
        }
    }
}
