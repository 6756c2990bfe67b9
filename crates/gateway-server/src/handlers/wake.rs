//! `wake`

use openclaw_protocol::methods::common::Done;
use openclaw_protocol::methods::wake::{Wake, WakeMode, WakeParams};

use super::cron::main_key;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::key_of;
use crate::fault::Fault;
use crate::router::Router;
use crate::schedule::Why;

/// Characters of a line.
pub(super) const MAX_LINE: usize = 16 * 1024;

pub(super) fn register(router: &mut Router) {
    router.later::<Wake, _>(|ctx, params| async move { wake(&ctx, params).await });
}

async fn wake(ctx: &Ctx, params: WakeParams) -> Result<Done, Fault> {
    let core = ctx.core();
    if params.text.is_empty() {
        return Err(Fault::invalid(
            "invalid wake params: at /text: must NOT have fewer than 1 characters",
        ));
    }
    let key = match &params.session_key {
        Some(key) => key_of(core, key.as_str(), params.agent_id.as_ref())?,
        None => {
            let agent = params.agent_id.as_ref().map(|id| id.as_str());
            main_key(core, agent).ok_or_else(|| {
                Fault::invalid(format!(
                    "invalid wake params: unknown agent id \"{}\"",
                    agent.unwrap_or_default()
                ))
            })?
        }
    };
    let text = params.text.trim();
    if text.is_empty() {
        return Ok(Done { ok: false });
    }
    queue(ctx, &key, text).await?;
    if params.mode == WakeMode::Now {
        drop(core.heart.wake(key, Why::Asked));
    }
    Ok(Done::OK)
}

/// Queues a line for the next run of a session.
pub(super) async fn queue(ctx: &Ctx, key: &str, text: &str) -> Result<(), Fault> {
    let line: String = text.chars().take(MAX_LINE).collect();
    let queued = ctx
        .core()
        .home
        .push_system_event(key, &line, now_ms())
        .await;
    queued.map_err(|error| Fault::internal("the line cannot be kept", error))?;
    Ok(())
}
