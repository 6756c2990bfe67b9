//! `device.*`: paired devices, waiting requests, device tokens.

use openclaw_policy::AuthMethod;
use openclaw_policy::pairing::{
    PairingDenied, may_approve_device, may_approve_surface, rotated_scopes,
};
use openclaw_protocol::close::Close;
use openclaw_protocol::events::node::pair::resolved::PairDecision;
use openclaw_protocol::id::{DeviceId, PairingRequestId};
use openclaw_protocol::methods::device::pair::approve::{
    DevicePairApprove, DevicePairApproveResult,
};
use openclaw_protocol::methods::device::pair::list::{DevicePairList, DevicePairListResult};
use openclaw_protocol::methods::device::pair::reject::{DevicePairReject, DevicePairRejectResult};
use openclaw_protocol::methods::device::pair::remove::{DevicePairRemove, DevicePairRemoveResult};
use openclaw_protocol::methods::device::pair::rename::{DevicePairRename, DevicePairRenameResult};
use openclaw_protocol::methods::device::token::revoke::{
    DeviceTokenRevoke, DeviceTokenRevokeParams, DeviceTokenRevokeResult,
};
use openclaw_protocol::methods::device::token::rotate::{
    DeviceTokenRotate, DeviceTokenRotateParams, DeviceTokenRotateResult, TokenDelivery,
};
use openclaw_protocol::methods::secret::WireSecret;
use openclaw_protocol::{Role, Scope, ScopeSet};
use openclaw_store::{Approval, DeviceGrant, PendingKind, PendingRecord, StoreError};

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::devices::requests::Made;
use crate::fault::Fault;
use crate::router::Router;
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.now::<DevicePairList>(|ctx, _| Ok(list(ctx)));
    router.later::<DevicePairApprove, _>(|ctx, params| async move {
        approve(&ctx, params.request_id.as_ref()).await
    });
    router.later::<DevicePairReject, _>(|ctx, params| async move {
        let request = reject(&ctx, params.request_id.as_ref(), &[PendingKind::Device]).await?;
        let device_id = request.device_id().cloned().ok_or_else(unknown_request)?;
        Ok(DevicePairRejectResult {
            request_id: request.request_id,
            device_id,
        })
    });
    router.later::<DevicePairRemove, _>(|ctx, params| async move {
        let device_id = known(&ctx, params.device_id, "unknown deviceId")?;
        remove(&ctx, &device_id).await?;
        Ok(DevicePairRemoveResult { device_id })
    });
    router.later::<DevicePairRename, _>(|ctx, params| async move {
        let label = params.label.trim().to_owned();
        if label.is_empty() {
            return Err(Fault::invalid("label required"));
        }
        let device_id = known(&ctx, params.device_id, "unknown deviceId")?;
        ctx.core()
            .book
            .rename(&device_id, Some(label.clone()))
            .await
            .map_err(broken)?;
        Ok(DevicePairRenameResult { device_id, label })
    });
    router.later::<DeviceTokenRotate, _>(|ctx, params| async move { rotate(&ctx, params).await });
    router.later::<DeviceTokenRevoke, _>(|ctx, params| async move { revoke(&ctx, params).await });
}

fn unknown_request() -> Fault {
    Fault::invalid("unknown requestId")
}

/// The store failed: the caller learns that nothing changed.
pub(super) fn broken(error: StoreError) -> Fault {
    match error {
        StoreError::UnknownRequest(_) => unknown_request(),
        StoreError::UnknownDevice(_) => Fault::invalid("unknown deviceId"),
        other => Fault::internal("gateway state unavailable; nothing was changed", other),
    }
}

fn list(ctx: &Ctx) -> DevicePairListResult {
    let core = ctx.core();
    let is_v4 = ctx.conn().is_v4();
    let pending = core
        .book
        .waiting(now_ms())
        .iter()
        .filter_map(view::device::pending)
        .collect();
    let mut devices: Vec<_> = core
        .book
        .read(|live| live.devices.values().cloned().collect());
    devices.sort_by_key(|device| std::cmp::Reverse(device.approved_at_ms));
    let connected = core.hub.devices();
    let paired = devices
        .iter()
        .map(|device| view::device::paired(device, is_v4, connected.contains(&device.device_id)))
        .collect();
    DevicePairListResult { pending, paired }
}

async fn approve(ctx: &Ctx, request_id: &str) -> Result<DevicePairApproveResult, Fault> {
    let core = ctx.core();
    let request = core
        .book
        .request(request_id, now_ms())
        .filter(|request| request.kind() == PendingKind::Device)
        .ok_or_else(unknown_request)?;
    let made = grant(ctx, &request).await?;
    let Made::Device(device) = made else {
        return Err(unknown_request());
    };
    let is_v4 = ctx.conn().is_v4();
    let connected = core.hub.devices().contains(&device.device_id);
    Ok(DevicePairApproveResult {
        request_id: request.request_id,
        device: view::device::paired(&device, is_v4, connected),
    })
}

/// Approves the request of a device, and the surface it declared where the caller may do that
/// as well: one approval is enough, whichever command gives it.
pub(super) async fn grant(ctx: &Ctx, request: &PendingRecord) -> Result<Made, Fault> {
    let core = ctx.core();
    let caller = &ctx.conn().caller;
    let scopes = request.scopes();
    for role in request.roles() {
        may_approve_device(caller, role, scopes).map_err(|denied| match denied {
            PairingDenied::MissingScope(scope) => Fault::invalid(format!("missing scope: {scope}")),
            other => Fault::invalid(format!("device pairing approval denied: {other}")),
        })?;
    }
    let is_node = request.roles().contains(&Role::Node);
    let surface = (is_node && may_approve_surface(caller, &request.declared.commands).is_ok())
        .then(|| request.declared.clone());
    let approval = Approval::Device(DeviceGrant {
        roles: request.roles().to_vec(),
        scopes: scopes.clone(),
        tokens: Vec::new(),
        surface,
        approved_via: Some("owner".to_owned()),
    });
    let made = core
        .book
        .approve(&request.request_id, approval, now_ms())
        .await
        .map_err(broken)?;
    core.announce_resolved(request, PairDecision::Approved);
    // What the device was connected as before is no longer what it is.
    if let Some(device) = request.device_id() {
        core.hub
            .close_device(device, None, &Close::device_removed(), Some(&ctx.conn().id));
        core.refresh_surface(device.as_str());
    }
    tracing::info!(request = %request.request_id, subject = request.subject(), "device approved");
    Ok(made)
}

/// Takes a waiting request of one of these kinds off the list.
pub(super) async fn reject(
    ctx: &Ctx,
    request_id: &str,
    kinds: &[PendingKind],
) -> Result<PendingRecord, Fault> {
    let core = ctx.core();
    core.book
        .request(request_id, now_ms())
        .filter(|request| kinds.contains(&request.kind()))
        .ok_or_else(unknown_request)?;
    let request = core
        .book
        .reject(&PairingRequestId::from(request_id))
        .await
        .map_err(broken)?;
    core.announce_resolved(&request, PairDecision::Rejected);
    Ok(request)
}

fn known(ctx: &Ctx, id: DeviceId, otherwise: &str) -> Result<DeviceId, Fault> {
    match ctx.core().book.device(id.as_str()) {
        Some(_) => Ok(id),
        None => Err(Fault::invalid(otherwise)),
    }
}

/// Removes a device and closes its connections. A caller without admin removes its own only.
async fn remove(ctx: &Ctx, id: &DeviceId) -> Result<(), Fault> {
    let core = ctx.core();
    let conn = ctx.conn();
    let is_own = conn.device.as_ref() == Some(id);
    if !is_own && !conn.scopes().contains(&Scope::Admin) {
        return Err(Fault::invalid("device pairing removal denied"));
    }
    core.book.remove(id).await.map_err(broken)?;
    core.hub
        .close_device(id, None, &Close::device_removed(), None);
    tracing::info!(device = id.short(), "device removed");
    Ok(())
}

async fn rotate(
    ctx: &Ctx,
    params: DeviceTokenRotateParams,
) -> Result<DeviceTokenRotateResult, Fault> {
    let core = ctx.core();
    let conn = ctx.conn();
    let denied = if conn.is_v4() {
        "device token rotation denied"
    } else {
        "unknown deviceId/role"
    };
    let denied = || Fault::invalid(denied);
    let (id, role) = (params.device_id, params.role);
    let asked = params
        .scopes
        .map(|scopes| scopes.into_iter().collect::<ScopeSet>());
    let device = core.book.device(id.as_str()).ok_or_else(denied)?;
    let held = device
        .tokens
        .get(&role)
        .map(|token| token.scopes.clone())
        .unwrap_or_default();
    let scopes = rotated_scopes(
        &conn.caller,
        &role,
        &device.roles,
        &device.scopes,
        &held,
        asked.as_ref(),
    )
    .map_err(|_| denied())?;
    let is_own_token = conn.device.as_ref() == Some(&id)
        && conn.method == AuthMethod::DeviceToken
        && *conn.role() == role;
    let issued = core
        .book
        .rotate(&id, &role, scopes, now_ms())
        .await
        .map_err(broken)?;
    core.hub
        .close_device(&id, Some(&role), &Close::device_removed(), Some(&conn.id));
    tracing::info!(device = id.short(), %role, "device token rotated");
    // A token goes to its own device only. February's callers expect it in any case.
    let is_shown = !conn.is_v4() || is_own_token;
    let delivery = if is_own_token {
        TokenDelivery::InBand
    } else {
        TokenDelivery::Withheld
    };
    Ok(DeviceTokenRotateResult {
        token: is_shown.then(|| WireSecret::from(issued.token.as_str())),
        token_delivery: conn.is_v4().then_some(delivery),
        ..DeviceTokenRotateResult::new(
            id,
            role,
            issued.scopes.as_slice().to_vec(),
            issued.issued_at_ms,
        )
    })
}

async fn revoke(
    ctx: &Ctx,
    params: DeviceTokenRevokeParams,
) -> Result<DeviceTokenRevokeResult, Fault> {
    let core = ctx.core();
    let conn = ctx.conn();
    let denied = if conn.is_v4() {
        "device token revocation denied"
    } else {
        "unknown deviceId/role"
    };
    let denied = || Fault::invalid(denied);
    let (device_id, role) = (params.device_id, params.role);
    let device = core.book.device(device_id.as_str()).ok_or_else(denied)?;
    let held = device.tokens.get(&role).ok_or_else(denied)?;
    let is_own = conn.device.as_ref() == Some(&device_id);
    if !is_own {
        may_approve_device(&conn.caller, &role, &held.scopes).map_err(|_| denied())?;
    }
    let revoked_at_ms = core
        .book
        .revoke(&device_id, &role, now_ms())
        .await
        .map_err(broken)?;
    core.hub.close_device(
        &device_id,
        Some(&role),
        &Close::device_removed(),
        Some(&conn.id),
    );
    tracing::info!(device = device_id.short(), %role, "device token revoked");
    Ok(DeviceTokenRevokeResult {
        device_id,
        role,
        revoked_at_ms,
    })
}
