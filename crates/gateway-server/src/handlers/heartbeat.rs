//! `last-heartbeat`, `set-heartbeats`

use openclaw_protocol::methods::last_heartbeat::LastHeartbeat;
use openclaw_protocol::methods::set_heartbeats::{SetHeartbeats, SetHeartbeatsResult};

use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<LastHeartbeat>(|ctx, _| {
        let last = ctx.core().settings.last_heartbeat();
        Ok(last.map(|mut last| {
            if !ctx.conn().is_v4() {
                last.channel = None;
                last.account_id = None;
                last.message = None;
            }
            last
        }))
    });
    router.later::<SetHeartbeats, _>(|ctx, params| async move {
        let core = ctx.core();
        let enabled = params.enabled;
        core.settings
            .set_heartbeats(core.book.store(), enabled)
            .await
            .map_err(|error| Fault::internal("heartbeats not changed", error))?;
        core.heart.look();
        core.refresh_health();
        Ok(SetHeartbeatsResult { ok: true, enabled })
    });
}
