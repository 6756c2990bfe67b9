//! `node.list`, `node.describe`, `node.rename`

use std::collections::HashMap;
use std::sync::Arc;

use openclaw_protocol::Role;
use openclaw_protocol::id::{DeviceId, NodeId};
use openclaw_protocol::methods::node::{
    describe::NodeDescribe,
    entry::NodeEntry,
    list::{NodeList, NodeListResult},
    rename::{NodeRename, NodeRenameResult},
};
use openclaw_store::{DeviceRecord, PendingKind, PendingRecord};

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::core::Core;
use crate::fault::Fault;
use crate::handlers::device::broken;
use crate::nodes::registry::{Gone, LiveNode};
use crate::router::Router;
use crate::view::node::NodeRow;

pub(super) fn register(router: &mut Router) {
    router.now::<NodeList>(|ctx, _| Ok(list(ctx)));
    router.now::<NodeDescribe>(|ctx, params| {
        let shown = describe(ctx, params.node_id.as_str())?;
        Ok(NodeEntry {
            ts: Some(now_ms()),
            ..shown
        })
    });
    router.later::<NodeRename, _>(|ctx, params| async move {
        let name = params.display_name.trim().to_owned();
        if name.is_empty() {
            return Err(Fault::invalid("displayName required"));
        }
        rename(&ctx, params.node_id, name).await
    });
}

/// Every node that is connected or paired, from memory.
struct Nodes {
    live: HashMap<NodeId, Arc<LiveNode>>,
    devices: HashMap<DeviceId, Arc<DeviceRecord>>,
    surfaces: HashMap<String, PendingRecord>,
    gone: HashMap<DeviceId, Gone>,
}

impl Nodes {
    fn gather(core: &Core) -> Self {
        let live: HashMap<NodeId, Arc<LiveNode>> = core
            .nodes
            .all()
            .into_iter()
            .map(|node| (node.id.clone(), node))
            .collect();
        let devices: HashMap<DeviceId, Arc<DeviceRecord>> = core.book.read(|book| {
            book.devices
                .values()
                .filter(|device| device.roles.contains(&Role::Node))
                .map(|device| (device.device_id.clone(), Arc::clone(device)))
                .collect()
        });
        let waiting = core.book.waiting(now_ms()).into_iter();
        let surfaces = waiting
            .filter(|request| request.kind() == PendingKind::Surface)
            .map(|request| (request.subject().to_owned(), request))
            .collect();
        let gone = devices
            .keys()
            .filter(|id| !live.contains_key(id.as_str()))
            .filter_map(|id| Some((id.clone(), core.nodes.gone(id.as_str())?)))
            .collect();
        Self {
            live,
            devices,
            surfaces,
            gone,
        }
    }

    fn row<'a>(&'a self, id: &'a str) -> NodeRow<'a> {
        NodeRow {
            id,
            live: self.live.get(id),
            device: self.devices.get(id).map(|device| &**device),
            pending: self.surfaces.get(id),
            gone: self.gone.get(id).copied(),
        }
    }

    fn rows(&self) -> Vec<NodeRow<'_>> {
        let mut rows: Vec<NodeRow<'_>> = self
            .devices
            .keys()
            .map(|id| self.row(id.as_str()))
            .collect();
        rows.extend(
            self.live
                .keys()
                .filter(|id| !self.devices.contains_key(id.as_str()))
                .map(|id| self.row(id.as_str())),
        );
        rows.sort_by_cached_key(|row| {
            (
                !row.is_connected(),
                row.name().unwrap_or_default().to_lowercase(),
                row.id.to_owned(),
            )
        });
        rows
    }
}

fn list(ctx: &Ctx) -> NodeListResult {
    let nodes = Nodes::gather(ctx.core());
    let is_v4 = ctx.conn().is_v4();
    let rows = nodes.rows();
    let active = is_v4.then(|| active(&rows)).flatten();
    let shown = rows.iter().map(|row| row.show(is_v4)).collect();
    let mut result = NodeListResult::new(now_ms(), shown);
    if let Some(place) = active {
        result.active_node_id = Some(result.nodes[place].node_id.clone());
        result.nodes[place].active = Some(true);
    }
    result
}

/// Which of the rows is the node that a person used last.
fn active(rows: &[NodeRow<'_>]) -> Option<usize> {
    let used = rows.iter().enumerate().filter_map(|(place, row)| {
        let used = row.used()?;
        Some((used.last_active_at_ms, used.updated_at_ms, place))
    });
    used.max().map(|(.., place)| place)
}

/// One node, without a look at the others.
fn describe(ctx: &Ctx, id: &str) -> Result<NodeEntry, Fault> {
    let core = ctx.core();
    let live = core.nodes.get(id);
    let device = core.book.device(id);
    let device = device.filter(|device| device.roles.contains(&Role::Node));
    if live.is_none() && device.is_none() {
        return Err(Fault::invalid("unknown nodeId"));
    }
    let is_its =
        |request: &PendingRecord| request.kind() == PendingKind::Surface && request.subject() == id;
    let waiting = core.book.waiting(now_ms());
    let row = NodeRow {
        id,
        live: live.as_ref(),
        device: device.as_deref(),
        pending: waiting.iter().find(|request| is_its(request)),
        gone: core.nodes.gone(id).filter(|_| live.is_none()),
    };
    Ok(row.show(ctx.conn().is_v4()))
}

async fn rename(ctx: &Ctx, id: NodeId, name: String) -> Result<NodeRenameResult, Fault> {
    let book = &ctx.core().book;
    let device = book
        .device(id.as_str())
        .filter(|device| device.roles.contains(&Role::Node))
        .map(|device| device.device_id.clone());
    if let Some(device) = device {
        book.rename(&device, Some(name.clone()))
            .await
            .map_err(broken)?;
    } else {
        book.rename_legacy(&id, name.clone())
            .await
            .map_err(|_| Fault::invalid("unknown nodeId"))?;
    }
    Ok(NodeRenameResult {
        node_id: id,
        display_name: name,
    })
}
