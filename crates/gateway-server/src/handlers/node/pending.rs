//! `node.pending.*`: what waits for nodes that sleep.

use std::collections::HashSet;

use openclaw_protocol::Role;
use openclaw_protocol::id::{DeviceId, NodeId};
use openclaw_protocol::methods::node::pending::ack::{NodePendingAck, NodePendingAckResult};
use openclaw_protocol::methods::node::pending::drain::{NodePendingDrain, NodePendingDrainResult};
use openclaw_protocol::methods::node::pending::enqueue::{
    EnqueuePriority, NodePendingEnqueue, NodePendingEnqueueParams, NodePendingEnqueueResult,
};
use openclaw_protocol::methods::node::pending::pull::{NodePendingPull, NodePendingPullResult};
use openclaw_protocol::methods::node::pending::work::{
    PendingPriority, PendingWork, PendingWorkKind,
};
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_store::StoreError;

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::handlers::device::broken;
use crate::nodes::dispatch::pairing_changed;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<NodePendingEnqueue, _>(|ctx, params| async move { enqueue(&ctx, params).await });
    router.later::<NodePendingDrain, _>(|ctx, params| async move {
        let most = params.max_items.unwrap_or(DRAINED);
        drain(&ctx, usize::try_from(most).unwrap_or(usize::MAX)).await
    });
    router.later::<NodePendingPull, _>(|ctx, _| async move {
        let device = own(&ctx)?;
        let store = ctx.core().book.store();
        let mut actions = store
            .node_actions(&device, now_ms())
            .await
            .map_err(broken)?;
        // What was approved then may not be any more.
        let node = ctx.core().nodes.get(device.as_str());
        let allowed = node.map(|node| node.effective());
        actions.retain(|action| {
            allowed
                .as_ref()
                .is_some_and(|allowed| allowed.commands.contains(&action.command))
        });
        Ok(NodePendingPullResult {
            node_id: NodeId::from(&device),
            actions,
        })
    });
    router.later::<NodePendingAck, _>(|ctx, params| async move {
        let device = own(&ctx)?;
        let mut seen = HashSet::new();
        let ids: Vec<_> = params
            .ids
            .into_iter()
            .filter(|id| seen.insert(id.clone()))
            .take(MOST_ACKED)
            .collect();
        let store = ctx.core().book.store();
        let left = store
            .remove_node_actions(&device, ids.clone(), now_ms())
            .await
            .map_err(broken)?;
        Ok(NodePendingAckResult {
            node_id: NodeId::from(&device),
            acked_ids: ids,
            remaining_count: left as u64,
        })
    });
}

/// Pieces of work that a node is given when it does not say how many.
const DRAINED: u64 = 4;
/// Most calls that are taken off the list at a time: twice as many as wait.
const MOST_ACKED: usize = openclaw_store::MAX_NODE_ACTIONS * 2;
/// How long work waits, milliseconds.
const LIFE_MS: u64 = 86_400_000;

/// The node that calls.
fn own(ctx: &Ctx) -> Result<DeviceId, Fault> {
    let conn = ctx.conn();
    let device = conn.device.clone();
    let device = device.ok_or_else(|| Fault::invalid("nodeId required"))?;
    let node = ctx.core().nodes.get(device.as_str());
    // Not the newest connection of this identity, or no longer paired.
    node.filter(|node| node.conn.id == conn.id)
        .map(|_| device)
        .ok_or_else(|| pairing_changed().into())
}

async fn enqueue(
    ctx: &Ctx,
    params: NodePendingEnqueueParams,
) -> Result<NodePendingEnqueueResult, Fault> {
    let life = params.expires_in_ms.unwrap_or(LIFE_MS);
    let book = &ctx.core().book;
    let device = book.device(params.node_id.as_str());
    let device = device
        .filter(|device| device.roles.contains(&Role::Node))
        .ok_or_else(pairing_changed)?;
    let now = now_ms();
    let priority = match params.priority {
        Some(EnqueuePriority::High) => PendingPriority::High,
        Some(EnqueuePriority::Normal) | None => PendingPriority::Normal,
    };
    let id = uuid::Uuid::new_v4().to_string();
    let work = PendingWork::new(id, params.kind, priority, now);
    let queued = book
        .store()
        .queue_node_work(&device.device_id, work, now.saturating_add(life), now)
        .await
        .map_err(gone)?;
    Ok(NodePendingEnqueueResult {
        node_id: params.node_id,
        revision: queued.revision,
        queued: queued.work,
        // There is no push service to wake it with: it asks when it wakes by itself.
        wake_triggered: false,
    })
}

async fn drain(ctx: &Ctx, most: usize) -> Result<NodePendingDrainResult, Fault> {
    let device = own(ctx)?;
    let now = now_ms();
    let drained = ctx
        .core()
        .book
        .store()
        .drain_node_work(&device, most, now)
        .await
        .map_err(gone)?;
    let mut items = drained.items;
    // A node that asks is asked how it is, unless somebody did already.
    let asks_status = items
        .iter()
        .any(|work| work.kind == PendingWorkKind::Status);
    let wants_baseline = !asks_status && drained.left == 0;
    let has_room = items.len() < most;
    if wants_baseline && has_room {
        items.push(PendingWork {
            expires_at_ms: Nullable::Null,
            ..PendingWork::new(
                "baseline-status".to_owned(),
                PendingWorkKind::Status,
                PendingPriority::Default,
                now,
            )
        });
    }
    Ok(NodePendingDrainResult {
        node_id: NodeId::from(&device),
        revision: drained.revision,
        items,
        has_more: drained.left > 0 || (wants_baseline && !has_room),
    })
}

/// The device may be removed while work is put on its list.
fn gone(error: StoreError) -> Fault {
    match error {
        StoreError::UnknownDevice(_) => pairing_changed().into(),
        error => broken(error),
    }
}
