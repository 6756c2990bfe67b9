//! `device.token.*`

use openclaw_policy::AuthMethod;
use openclaw_protocol::close::Close;
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::methods::device::token::revoke::{
    DeviceTokenRevoke, DeviceTokenRevokeParams, DeviceTokenRevokeResult,
};
use openclaw_protocol::methods::device::token::rotate::{
    DeviceTokenRotate, DeviceTokenRotateParams, DeviceTokenRotateResult, TokenDelivery,
};
use openclaw_protocol::methods::secret::WireSecret;
use openclaw_protocol::{Role, ScopeSet};

use super::{actor, announce_change, refused_as};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::{Router, Then};

pub(super) fn register(router: &mut Router) {
    router
        .later_then::<DeviceTokenRotate, _>(|ctx, params| async move { rotate(ctx, params).await });
    router
        .later_then::<DeviceTokenRevoke, _>(|ctx, params| async move { revoke(ctx, params).await });
}

/// Ends what the token opened, after the caller is answered: it may be one of the connections.
fn close_sessions(ctx: Ctx, device_id: DeviceId, role: Role) -> Then {
    Box::new(move || {
        let close = Close::device_removed();
        ctx.core()
            .hub
            .close_device(&device_id, Some(&role), &close, None);
    })
}

async fn rotate(
    ctx: Ctx,
    params: DeviceTokenRotateParams,
) -> Result<(DeviceTokenRotateResult, Then), Fault> {
    let conn = ctx.conn();
    let (id, role) = (params.device_id, params.role);
    let asked = params
        .scopes
        .map(|scopes| scopes.into_iter().collect::<ScopeSet>());
    let denied = if conn.is_v4() {
        "device token rotation denied"
    } else {
        "unknown deviceId/role"
    };
    let issued = ctx
        .core()
        .book
        .rotate_for(actor(&ctx), &id, &role, asked.as_ref(), now_ms())
        .await
        .map_err(|error| refused_as(error, denied))?;
    announce_change(&ctx);
    let is_own_token = conn.device.as_ref() == Some(&id)
        && conn.method == AuthMethod::DeviceToken
        && *conn.role() == role;
    // A token goes to its own device only. February's callers expect it in any case.
    let is_shown = !conn.is_v4() || is_own_token;
    let delivery = if is_own_token {
        TokenDelivery::InBand
    } else {
        TokenDelivery::Withheld
    };
    let result = DeviceTokenRotateResult {
        token: is_shown.then(|| WireSecret::from(issued.token.as_str())),
        token_delivery: conn.is_v4().then_some(delivery),
        ..DeviceTokenRotateResult::new(
            id.clone(),
            role.clone(),
            issued.scopes.as_slice().to_vec(),
            issued.issued_at_ms,
        )
    };
    Ok((result, close_sessions(ctx, id, role)))
}

async fn revoke(
    ctx: Ctx,
    params: DeviceTokenRevokeParams,
) -> Result<(DeviceTokenRevokeResult, Then), Fault> {
    let (device_id, role) = (params.device_id, params.role);
    let denied = if ctx.conn().is_v4() {
        "device token revocation denied"
    } else {
        "unknown deviceId/role"
    };
    let revoked_at_ms = ctx
        .core()
        .book
        .revoke_for(actor(&ctx), &device_id, &role, now_ms())
        .await
        .map_err(|error| refused_as(error, denied))?;
    announce_change(&ctx);
    let result = DeviceTokenRevokeResult {
        device_id: device_id.clone(),
        role: role.clone(),
        revoked_at_ms,
    };
    Ok((result, close_sessions(ctx, device_id, role)))
}
