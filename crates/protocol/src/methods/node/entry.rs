//! One node in a list.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::client::ClientId;
use crate::id::{NodeId, PairingRequestId};
use crate::methods::node::host_stats::HostStats;
use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;

open_enum! {
    /// Whether what a node declares was approved. Since protocol 4.
    pub enum NodeApproval {
        /// Everything declared is approved.
        Approved = "approved",
        /// Nothing is approved yet.
        PendingApproval = "pending-approval",
        /// More is declared than was approved.
        PendingReapproval = "pending-reapproval",
        /// Nothing is approved and nothing is asked for.
        Unapproved = "unapproved",
    }
}

open_record! {
    /// One node: a row of `node.list`, and with `ts` the answer of `node.describe`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct NodeEntry {
        /// The node.
        must node_id: NodeId = "nodeId",
        /// The Gateway's clock, milliseconds since the epoch. In `node.describe` only.
        may ts: u64 = "ts",
        /// Name for a person.
        may display_name: String = "displayName",
        /// Platform: `linux`, `macos`, `ios`, ….
        may platform: String = "platform",
        /// Version of its program.
        may version: String = "version",
        /// Version of its core, where it has one.
        may core_version: String = "coreVersion",
        /// Version of its user interface, where it has one.
        may ui_version: String = "uiVersion",
        /// Its program. Since protocol 4.
        may client_id: ClientId = "clientId",
        /// How its program connects. Since protocol 4.
        may client_mode: String = "clientMode",
        /// Device family.
        may device_family: String = "deviceFamily",
        /// Hardware model.
        may model_identifier: String = "modelIdentifier",
        /// Where it connects from.
        may remote_ip: String = "remoteIp",
        /// Abilities, sorted.
        must caps: Vec<String> = "caps",
        /// Commands that may be invoked, sorted.
        must commands: Vec<String> = "commands",
        /// Its `PATH`.
        may path_env: String = "pathEnv",
        /// Permissions of its platform.
        may permissions: BTreeMap<String, bool> = "permissions",
        /// Whether it can host sessions. Since protocol 4.
        may session_host: bool = "sessionHost",
        /// Tools of its plugins, see `node.pluginTools.update`. Since protocol 4.
        may node_plugin_tools: Vec<Value> = "nodePluginTools",
        /// Whether what it declares was approved. Since protocol 4.
        may approval_state: NodeApproval = "approvalState",
        /// What waits for approval. Since protocol 4.
        may pending_request_id: PairingRequestId = "pendingRequestId",
        /// Abilities that wait for approval. Since protocol 4.
        may pending_declared_caps: Vec<String> = "pendingDeclaredCaps",
        /// Commands that wait for approval. Since protocol 4.
        may pending_declared_commands: Vec<String> = "pendingDeclaredCommands",
        /// Permissions that wait for approval. Since protocol 4.
        may pending_declared_permissions: BTreeMap<String, bool> = "pendingDeclaredPermissions",
        /// Load of the host. Since protocol 4.
        may host_stats: HostStats = "hostStats",
        /// Whether a person used this node last. Since protocol 4.
        may active: bool = "active",
        /// When this connection began, milliseconds since the epoch.
        may connected_at_ms: u64 = "connectedAtMs",
        /// When the last connection began, milliseconds since the epoch. Since protocol 4.
        may last_connected_at_ms: u64 = "lastConnectedAtMs",
        /// When the last connection ended, milliseconds since the epoch. Since protocol 4.
        may last_disconnected_at_ms: u64 = "lastDisconnectedAtMs",
        /// When a person last used it, milliseconds since the epoch. Since protocol 4.
        may last_active_at_ms: u64 = "lastActiveAtMs",
        /// When it last said so, milliseconds since the epoch. Since protocol 4.
        may presence_updated_at_ms: u64 = "presenceUpdatedAtMs",
        /// When it was last heard of, milliseconds since the epoch. Since protocol 4.
        may last_seen_at_ms: u64 = "lastSeenAtMs",
        /// How: `connect`, `silent_push`, …. Since protocol 4.
        may last_seen_reason: String = "lastSeenReason",
        /// When it was approved, milliseconds since the epoch. Since protocol 4.
        may approved_at_ms: u64 = "approvedAtMs",
        /// Whether it is paired.
        must paired: bool = "paired",
        /// Whether it is connected now.
        must connected: bool = "connected",
    }
}

impl NodeEntry {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        node_id: NodeId,
        caps: Vec<String>,
        commands: Vec<String>,
        paired: bool,
        connected: bool,
    ) -> Self {
        Self {
            node_id,
            ts: None,
            display_name: None,
            platform: None,
            version: None,
            core_version: None,
            ui_version: None,
            client_id: None,
            client_mode: None,
            device_family: None,
            model_identifier: None,
            remote_ip: None,
            caps,
            commands,
            path_env: None,
            permissions: None,
            session_host: None,
            node_plugin_tools: None,
            approval_state: None,
            pending_request_id: None,
            pending_declared_caps: None,
            pending_declared_commands: None,
            pending_declared_permissions: None,
            host_stats: None,
            active: None,
            connected_at_ms: None,
            last_connected_at_ms: None,
            last_disconnected_at_ms: None,
            last_active_at_ms: None,
            presence_updated_at_ms: None,
            last_seen_at_ms: None,
            last_seen_reason: None,
            approved_at_ms: None,
            paired,
            connected,
            rest: Map::new(),
        }
    }
}
