//! `system-presence`, `system-event`, `last-heartbeat`, `set-heartbeats`, `wake`

use openclaw_protocol::methods::common::Done;
use openclaw_protocol::methods::last_heartbeat::LastHeartbeat;
use openclaw_protocol::methods::set_heartbeats::{SetHeartbeats, SetHeartbeatsResult};
use openclaw_protocol::methods::system_event::{SystemEvent, SystemEventParams};
use openclaw_protocol::methods::system_presence::SystemPresence;
use openclaw_protocol::methods::wake::Wake;
use openclaw_protocol::presence::PresenceEntry;

use crate::clock::now_ms;
use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.now::<SystemPresence>(|ctx, _| Ok(ctx.core().presence.list(now_ms())));
    router.now::<SystemEvent>(|ctx, params| {
        system_event(ctx, params)?;
        Ok(Done::OK)
    });
    router.now::<LastHeartbeat>(|ctx, _| Ok(ctx.core().settings.last_heartbeat()));
    router.later::<SetHeartbeats, _>(|ctx, params| async move {
        let core = ctx.core();
        let enabled = params.enabled;
        core.settings
            .set_heartbeats(core.book.store(), enabled)
            .await
            .map_err(|error| Fault::internal("heartbeats not changed", error))?;
        core.refresh_health();
        Ok(SetHeartbeatsResult { ok: true, enabled })
    });
    // There is no agent yet that could be woken; the words are accepted and nothing waits.
    router.now::<Wake>(|_, _| Ok(Done::OK));
}

/// Seconds as presence shows them; nonsense is 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, and NaN becomes 0"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds as u64
}

/// A host reports itself, or a note for the agent.
fn system_event(ctx: &Ctx, params: SystemEventParams) -> Result<(), Fault> {
    let text = params.text.trim().to_owned();
    if text.is_empty() {
        return Err(Fault::invalid("text required"));
    }
    let key = params
        .device_id
        .as_deref()
        .or(params.instance_id.as_deref())
        .or(params.host.as_deref())
        .or(params.ip.as_deref())
        .unwrap_or(&text)
        .to_owned();
    let entry = PresenceEntry {
        host: params.host,
        ip: params.ip,
        version: params.version,
        platform: params.platform,
        device_family: params.device_family,
        model_identifier: params.model_identifier,
        mode: params.mode,
        last_input_seconds: params.last_input_seconds.map(whole_seconds),
        reason: params.reason,
        tags: params.tags,
        text: Some(text),
        ts: now_ms(),
        device_id: params.device_id,
        instance_id: params.instance_id,
        ..PresenceEntry::default()
    };
    ctx.core().presence.reported(&key, entry);
    ctx.core().touch_presence();
    Ok(())
}
