//! `system-presence`, `system-event`

use std::time::Duration;

use openclaw_protocol::methods::common::Done;
use openclaw_protocol::methods::system_event::{SystemEvent, SystemEventParams};
use openclaw_protocol::methods::system_presence::SystemPresence;
use openclaw_protocol::presence::PresenceEntry;
use openclaw_store::{IdempotencyRecord, StoreError};

use super::cron::main_key;
use super::wake::queue;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::key_of;
use crate::fault::Fault;
use crate::router::Router;
use crate::schedule::Why;

pub(super) fn register(router: &mut Router) {
    router.now::<SystemPresence>(|ctx, _| Ok(ctx.core().presence.list(now_ms())));
    router.later::<SystemEvent, _>(|ctx, params| async move {
        system_event(&ctx, params).await?;
        Ok(Done::OK)
    });
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
async fn system_event(ctx: &Ctx, params: SystemEventParams) -> Result<(), Fault> {
    let text = params.text.trim().to_owned();
    if text.is_empty() {
        return Err(Fault::invalid("text required"));
    }
    let session = match &params.session_key {
        Some(key) => key_of(ctx.core(), key.as_str(), None)?,
        None => main_key(ctx.core(), None).unwrap_or_default(),
    };
    let once = params.idempotency_key;
    if let Some(once) = &once
        && is_known(ctx, once).await?
    {
        return Ok(());
    }
    let wakes = params.wake == Some(true);
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
        text: Some(text.clone()),
        ts: now_ms(),
        device_id: params.device_id,
        instance_id: params.instance_id,
        ..PresenceEntry::default()
    };
    let reason = entry.reason.clone().unwrap_or_default();
    let before = ctx.core().presence.reported(&key, entry.clone());
    ctx.core().touch_presence();
    let line = if text.starts_with("Node:") {
        // A host that only says that it is there is no news.
        let is_routine = reason.starts_with("periodic") || reason == "heartbeat";
        news(before.as_ref(), &entry, &text).filter(|_| !is_routine)
    } else {
        Some(text)
    };
    let Some(line) = line else { return Ok(()) };
    queue(ctx, &session, &line).await?;
    if let Some(once) = once {
        know(ctx, once).await?;
    }
    if wakes {
        drop(ctx.core().heart.wake(session, Why::Asked));
    }
    Ok(())
}

fn broken(error: StoreError) -> Fault {
    Fault::internal("the event cannot be kept", error)
}

/// Whether an event of this key was there before.
async fn is_known(ctx: &Ctx, key: &str) -> Result<bool, Fault> {
    let known = ctx.core().home.result(KIND, key).await;
    Ok(known.map_err(broken)?.is_some())
}

/// Remembers the key of an event.
async fn know(ctx: &Ctx, key: String) -> Result<(), Fault> {
    let record = IdempotencyRecord {
        kind: KIND.to_owned(),
        key,
        created_at_ms: now_ms(),
        result: ctx.core().empty_object().to_owned(),
    };
    let kept = ctx.core().home.remember_result(record, KNOWN);
    kept.await.map_err(broken)?;
    Ok(())
}

/// How long keys are remembered.
const KNOWN: Duration = Duration::from_secs(24 * 3600);
/// The kind of remembered results.
const KIND: &str = "system-event";

/// What is new about a host that reports itself, as a line; `None` if nothing is.
fn news(before: Option<&PresenceEntry>, now: &PresenceEntry, text: &str) -> Option<String> {
    let before = before?;
    let is_new = before.host != now.host
        || before.ip != now.ip
        || before.version != now.version
        || before.mode != now.mode
        || before.reason != now.reason;
    is_new.then(|| text.to_owned())
}
