//! Nodes and their requests, as `node.list` and `node.pair.*` show them.

use std::sync::Arc;

use openclaw_policy::pairing::surface_approval_scopes;
use openclaw_protocol::Role;
use openclaw_protocol::id::NodeId;
use openclaw_protocol::methods::node::entry::{NodeApproval, NodeEntry};
use openclaw_protocol::methods::node::pair::list::NodePairListResult;
use openclaw_protocol::methods::node::pair::record::{PairedNode, PendingNode};
use openclaw_protocol::methods::secret::WireSecret;
use openclaw_store::{
    ClientFacts, DeviceRecord, LegacyNodeRecord, PendingKind, PendingRecord, Surface,
};

use serde_json::Value;

use crate::devices::book::Book;
use crate::devices::desk::{Decided, Family};
use crate::devices::requests::Made;
use crate::nodes::extras::Used;
use crate::nodes::registry::{Gone, LiveNode};

/// A waiting request of a node: `node.pair.requested`, `node.pair.list.pending[]`.
pub(crate) fn pending(request: &PendingRecord) -> PendingNode {
    let facts = request.facts.clone();
    let declared = request.declared.clone();
    PendingNode {
        client_id: facts.client_id,
        client_mode: facts.client_mode.map(|mode| mode.as_str().to_owned()),
        display_name: facts.display_name,
        platform: facts.platform,
        version: facts.version,
        core_version: facts.core_version,
        ui_version: facts.ui_version,
        device_family: facts.device_family,
        model_identifier: facts.model_identifier,
        required_approve_scopes: Some(surface_approval_scopes(&declared.commands)),
        caps: Some(declared.caps),
        commands: Some(declared.commands),
        permissions: (!declared.permissions.is_empty()).then_some(declared.permissions),
        remote_ip: facts.remote_ip,
        silent: Some(request.silent),
        is_repair: (request.kind() != PendingKind::Surface).then_some(request.is_repair),
        ..PendingNode::new(
            request.request_id.clone(),
            NodeId::from(request.subject()),
            request.ts_ms,
        )
    }
}

/// `node.pair.list`: what waits for nodes, and the nodes that have an approved surface.
pub(crate) fn pairs(book: &Book, now_ms: u64) -> NodePairListResult {
    let waiting = book.waiting(now_ms);
    let pending = waiting.iter().filter(|request| Family::Node.has(request));
    let pending = pending.map(self::pending).collect();
    let paired = book.read(|live| {
        let mut devices: Vec<_> = live
            .devices
            .values()
            .filter(|device| device.surface.is_some())
            .collect();
        devices.sort_by_key(|device| std::cmp::Reverse(device.approved_at_ms));
        let surfaces = devices.into_iter().map(|device| paired(device));
        surfaces.chain(live.legacy.values().map(legacy)).collect()
    });
    NodePairListResult { pending, paired }
}

/// A node with an approved surface: `node.pair.list.paired[]`, the result of an approval.
pub(crate) fn paired(device: &DeviceRecord) -> PairedNode {
    let id = NodeId::from(&device.device_id);
    let shown = match &device.surface {
        Some(approved) => with_surface(
            PairedNode::new(id, approved.created_at_ms, approved.approved_at_ms),
            &approved.surface,
        ),
        None => PairedNode::new(id, device.created_at_ms, device.approved_at_ms),
    };
    let shown = with_facts(shown, &device.facts);
    PairedNode {
        display_name: device.operator_label.clone().or(shown.display_name),
        last_seen_at_ms: device.last_seen_at_ms,
        last_seen_reason: device.last_seen_reason.clone(),
        ..shown
    }
}

/// A node of the February family.
pub(crate) fn legacy(node: &LegacyNodeRecord) -> PairedNode {
    let shown = PairedNode::new(
        node.node_id.clone(),
        node.created_at_ms,
        node.approved_at_ms,
    );
    with_facts(with_surface(shown, &node.declared), &node.facts)
}

/// What an approval made of a node.
pub(crate) fn made(decided: &Decided) -> PairedNode {
    match &decided.made {
        Made::Device(device) => paired(device),
        Made::LegacyNode(node) => PairedNode {
            // Shown once, to the one who approved.
            token: decided.token.as_deref().map(WireSecret::from),
            ..legacy(node)
        },
    }
}

fn with_facts(shown: PairedNode, facts: &ClientFacts) -> PairedNode {
    let facts = facts.clone();
    PairedNode {
        client_id: facts.client_id,
        client_mode: facts.client_mode.map(|mode| mode.as_str().to_owned()),
        display_name: facts.display_name,
        platform: facts.platform,
        version: facts.version,
        core_version: facts.core_version,
        ui_version: facts.ui_version,
        device_family: facts.device_family,
        model_identifier: facts.model_identifier,
        remote_ip: facts.remote_ip,
        ..shown
    }
}

fn with_surface(shown: PairedNode, surface: &Surface) -> PairedNode {
    let permissions = surface.permissions.clone();
    PairedNode {
        caps: Some(surface.caps.clone()),
        commands: Some(surface.commands.clone()),
        permissions: (!permissions.is_empty()).then_some(permissions),
        ..shown
    }
}

/// One row of `node.list`: a node that is connected, paired, or both.
pub(crate) struct NodeRow<'a> {
    pub(crate) id: &'a str,
    pub(crate) live: Option<&'a Arc<LiveNode>>,
    pub(crate) device: Option<&'a DeviceRecord>,
    /// The waiting surface request of the node.
    pub(crate) pending: Option<&'a PendingRecord>,
    /// Its last connection, if it left.
    pub(crate) gone: Option<Gone>,
}

impl NodeRow<'_> {
    /// The name by which a person knows it.
    pub(crate) fn name(&self) -> Option<&str> {
        let device = self.device;
        device
            .and_then(|device| device.operator_label.as_deref())
            .or_else(|| {
                self.live
                    .and_then(|live| live.conn.client.display_name.as_deref())
            })
            .or_else(|| device.and_then(|device| device.facts.display_name.as_deref()))
    }

    /// Whether it is connected.
    pub(crate) const fn is_connected(&self) -> bool {
        self.live.is_some()
    }

    /// When a person last used it.
    pub(crate) fn used(&self) -> Option<Used> {
        self.live?.extras(|extras| extras?.used)
    }

    /// The row as shown.
    pub(crate) fn show(&self, is_v4: bool) -> NodeEntry {
        let client = self.live.map(|live| &live.conn.client);
        let facts = self.device.map(|device| &device.facts);
        let either =
            |first: Option<&str>, second: Option<&str>| first.or(second).map(str::to_owned);
        let approved = self.device.and_then(|device| device.surface.as_ref());
        let effective = self.live.map(|live| live.effective());
        let none = Surface::default();
        let surface = effective
            .as_deref()
            .or_else(|| approved.map(|approved| &approved.surface))
            .unwrap_or(&none);
        let is_paired = self
            .device
            .is_some_and(|device| device.roles.contains(&Role::Node));
        let shown = NodeEntry {
            display_name: self.name().map(str::to_owned),
            // The pinned platform and family are what counts.
            platform: either(
                facts.and_then(|facts| facts.platform.as_deref()),
                client.map(|client| client.platform.as_str()),
            ),
            device_family: either(
                facts.and_then(|facts| facts.device_family.as_deref()),
                client.and_then(|client| client.device_family.as_deref()),
            ),
            version: either(
                client.map(|client| client.version.as_str()),
                facts.and_then(|facts| facts.version.as_deref()),
            ),
            model_identifier: either(
                client.and_then(|client| client.model_identifier.as_deref()),
                facts.and_then(|facts| facts.model_identifier.as_deref()),
            ),
            core_version: facts.and_then(|facts| facts.core_version.clone()),
            ui_version: facts.and_then(|facts| facts.ui_version.clone()),
            remote_ip: self.live.and_then(|live| live.conn.remote_ip()),
            path_env: self.live.and_then(|live| live.path_env.clone()),
            permissions: (!surface.permissions.is_empty()).then(|| surface.permissions.clone()),
            connected_at_ms: self.live.map(|live| live.conn.connected_at_ms),
            ..NodeEntry::new(
                NodeId::from(self.id),
                surface.caps.clone(),
                surface.commands.clone(),
                is_paired,
                self.is_connected(),
            )
        };
        if is_v4 {
            self.with_newer(shown, surface)
        } else {
            shown
        }
    }

    /// When it was last heard of, and how.
    fn last_seen(&self) -> (Option<u64>, Option<&str>) {
        let device = self.device;
        let recorded = device.and_then(|device| device.last_seen_at_ms);
        let how = device.and_then(|device| device.last_seen_reason.as_deref());
        // The record is read at the start and at changes; connections are known to the moment.
        let connected = self.live.map(|live| live.conn.connected_at_ms);
        let known = connected.or(self.gone.map(|gone| gone.at_ms));
        match known {
            Some(at) if recorded.is_none_or(|recorded| recorded < at) => {
                let how = if self.is_connected() {
                    "connect"
                } else {
                    "disconnect"
                };
                (Some(at), Some(how))
            }
            _ => (recorded, how),
        }
    }

    /// Members that protocol 4 added.
    fn with_newer(&self, shown: NodeEntry, surface: &Surface) -> NodeEntry {
        let facts = self.device.map(|device| &device.facts);
        let client = self.live.map(|live| &live.conn.client);
        let approved = self.device.and_then(|device| device.surface.as_ref());
        let state = match (self.pending, approved) {
            (Some(_), Some(_)) => NodeApproval::PendingReapproval,
            (Some(_), None) => NodeApproval::PendingApproval,
            (None, Some(_)) => NodeApproval::Approved,
            (None, None) => NodeApproval::Unapproved,
        };
        let since = self.live.map(|live| live.conn.connected_at_ms);
        let (last_seen, how) = self.last_seen();
        let used = self.used();
        let (session_host, tools) = self.brings(surface);
        NodeEntry {
            client_id: client
                .map(|client| client.id.clone())
                .or_else(|| facts.and_then(|facts| facts.client_id.clone())),
            client_mode: client
                .map(|client| &client.mode)
                .or_else(|| facts.and_then(|facts| facts.client_mode.as_ref()))
                .map(|mode| mode.as_str().to_owned()),
            session_host: Some(session_host),
            node_plugin_tools: Some(tools),
            approval_state: Some(state),
            pending_request_id: self.pending.map(|pending| pending.request_id.clone()),
            pending_declared_caps: self.pending.map(|pending| pending.declared.caps.clone()),
            pending_declared_commands: self
                .pending
                .map(|pending| pending.declared.commands.clone()),
            host_stats: self.live.and_then(|live| live.host_stats()),
            last_connected_at_ms: since
                .or(self.gone.map(|gone| gone.connected_at_ms))
                .or(last_seen),
            last_disconnected_at_ms: self
                .gone
                .filter(|_| !self.is_connected())
                .map(|gone| gone.at_ms),
            last_active_at_ms: used.map(|used| used.last_active_at_ms),
            presence_updated_at_ms: used.map(|used| used.updated_at_ms),
            last_seen_at_ms: last_seen,
            last_seen_reason: how.map(str::to_owned),
            approved_at_ms: approved.map(|approved| approved.approved_at_ms),
            ..shown
        }
    }

    /// Whether it hosts sessions, and the tools of its plugins that may be used.
    fn brings(&self, surface: &Surface) -> (bool, Vec<Value>) {
        let Some(live) = self.live else {
            return (false, Vec::new());
        };
        live.extras(|extras| {
            let Some(extras) = extras else {
                return (false, Vec::new());
            };
            let tools = extras.tools(&surface.commands);
            let tools = tools
                .iter()
                .filter_map(|tool| serde_json::to_value(tool).ok());
            (extras.session_host, tools.collect())
        })
    }
}
