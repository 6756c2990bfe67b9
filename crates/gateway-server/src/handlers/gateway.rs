//! `gateway.identity.get`

use openclaw_protocol::methods::gateway::identity::get::{
    GatewayIdentityGet, GatewayIdentityGetResult,
};

use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<GatewayIdentityGet>(|ctx, _| {
        let identity = ctx
            .core()
            .options
            .identity
            .as_ref()
            .ok_or_else(|| Fault::unavailable("this gateway has no device identity"))?;
        Ok(GatewayIdentityGetResult {
            device_id: identity.device_id.clone(),
            public_key: identity.public_key.clone(),
        })
    });
}
