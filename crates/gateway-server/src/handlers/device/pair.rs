//! `device.pair.*` but for setup codes.

use openclaw_protocol::close::Close;
use openclaw_protocol::events::node::pair::resolved::PairDecision;
use openclaw_protocol::methods::device::pair::approve::{
    DevicePairApprove, DevicePairApproveResult,
};
use openclaw_protocol::methods::device::pair::list::{DevicePairList, DevicePairListResult};
use openclaw_protocol::methods::device::pair::reject::{DevicePairReject, DevicePairRejectResult};
use openclaw_protocol::methods::device::pair::remove::{
    DevicePairRemove, DevicePairRemoveParams, DevicePairRemoveResult,
};
use openclaw_protocol::methods::device::pair::rename::{DevicePairRename, DevicePairRenameResult};
use openclaw_store::PendingKind;

use super::{actor, announce_change, broken, refused, refused_as};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::devices::desk::{Decided, DeskError, Family};
use crate::devices::requests::Made;
use crate::fault::Fault;
use crate::router::{Router, Then};
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.now::<DevicePairList>(|ctx, _| Ok(list(ctx)));
    router.later::<DevicePairApprove, _>(|ctx, params| async move {
        approve(&ctx, params.request_id.as_str()).await
    });
    router.later::<DevicePairReject, _>(|ctx, params| async move {
        let id = params.request_id.as_str();
        let book = &ctx.core().book;
        let request = book
            .reject_for(actor(&ctx), Family::Device, id, now_ms())
            .await
            .map_err(refused)?;
        ctx.core()
            .announce_resolved(&request, PairDecision::Rejected);
        let device_id = request.device_id().cloned();
        Ok(DevicePairRejectResult {
            device_id: device_id.ok_or_else(|| refused(DeskError::UnknownRequest))?,
            request_id: request.request_id,
        })
    });
    router
        .later_then::<DevicePairRemove, _>(|ctx, params| async move { remove(ctx, params).await });
    router.later::<DevicePairRename, _>(|ctx, params| async move {
        let label = params.label.trim().to_owned();
        if label.is_empty() {
            return Err(Fault::invalid("label required"));
        }
        let book = &ctx.core().book;
        let device_id = params.device_id;
        if book.device(device_id.as_str()).is_none() {
            return Err(refused(DeskError::UnknownDevice));
        }
        book.rename(&device_id, Some(label.clone()))
            .await
            .map_err(broken)?;
        announce_change(&ctx);
        Ok(DevicePairRenameResult { device_id, label })
    });
}

fn list(ctx: &Ctx) -> DevicePairListResult {
    let core = ctx.core();
    let connected = core.hub.devices();
    view::device::list(&core.book, now_ms(), ctx.conn().is_v4(), |id| {
        connected.contains(id)
    })
}

async fn approve(ctx: &Ctx, request_id: &str) -> Result<DevicePairApproveResult, Fault> {
    let core = ctx.core();
    let decided = core
        .book
        .approve_for(actor(ctx), Family::Device, request_id, now_ms())
        .await
        .map_err(refused)?;
    told(ctx, &decided);
    let Made::Device(device) = decided.made else {
        return Err(refused(DeskError::UnknownRequest));
    };
    let is_v4 = ctx.conn().is_v4();
    let connected = core.hub.devices().contains(&device.device_id);
    Ok(DevicePairApproveResult {
        request_id: decided.request.request_id,
        device: view::device::paired(&device, is_v4, connected),
    })
}

/// Makes an approval felt: operators hear of it, a connected node gets its surface, and what a
/// device was connected as before is over.
pub(in crate::handlers) fn told(ctx: &Ctx, decided: &Decided) {
    let core = ctx.core();
    let request = &decided.request;
    core.announce_resolved(request, PairDecision::Approved);
    match (request.kind(), request.device_id()) {
        (PendingKind::Device, Some(device)) => {
            let close = Close::device_removed();
            core.hub
                .close_device(device, None, &close, Some(&ctx.conn().id));
        }
        (PendingKind::Device | PendingKind::Surface | PendingKind::LegacyNode, _) => {
            core.tell_node_approved(request);
        }
    }
    core.refresh_surface(request.subject());
}

/// Removes a device; its connections end after the caller is answered, which may be one of them.
async fn remove(
    ctx: Ctx,
    params: DevicePairRemoveParams,
) -> Result<(DevicePairRemoveResult, Then), Fault> {
    let device_id = params.device_id;
    let gone = ctx
        .core()
        .book
        .remove_for(actor(&ctx), &device_id)
        .await
        .map_err(|error| match error {
            DeskError::UnknownDevice => refused(error),
            error => refused_as(error, "device pairing removal denied"),
        })?;
    for request in &gone {
        ctx.core()
            .announce_resolved(request, PairDecision::Rejected);
    }
    announce_change(&ctx);
    let result = DevicePairRemoveResult {
        device_id: device_id.clone(),
    };
    let then = move || {
        let close = Close::device_removed();
        ctx.core().hub.close_device(&device_id, None, &close, None);
    };
    Ok((result, Box::new(then)))
}
