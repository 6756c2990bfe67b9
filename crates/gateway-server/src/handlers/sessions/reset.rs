//! `sessions.reset`

use openclaw_protocol::id::SessionKey;
use openclaw_protocol::methods::sessions::reset::{
    SessionsReset, SessionsResetParams, SessionsResetResult,
};

use super::{Broken, check_transcript, delete, key, resolved};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::watch;
use crate::fault::Fault;
use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsReset, _>(
        |ctx, params| async move { Box::pin(reset(&ctx, params)).await },
    );
}

async fn reset(ctx: &Ctx, params: SessionsResetParams) -> Result<SessionsResetResult, Fault> {
    let core = ctx.core();
    let key = key(core, params.key.as_str(), params.agent_id.as_ref())?;
    let expected = params.expected_session_id.as_ref();
    if let Some(one) = core.conversations.get(&key).await.map_err(Broken::from)? {
        check_transcript(&one, expected)?;
    }
    delete::settle(core, &key).await?;
    let now = now_ms();
    let changed = core
        .conversations
        .edit(&key, now, |one, is_new| {
            check_transcript(one, expected)?;
            if !is_new {
                one.begin_anew(now);
            }
            Ok::<_, Broken>(())
        })
        .await?;
    let one = changed.conversation;
    watch::changed(core, &one, "reset");
    let mut result = SessionsResetResult::new(true, SessionKey::from(key.as_str()));
    result.entry = Some(one.shown());
    if ctx.conn().is_v4() {
        result.resolved = Some(resolved(core, &one));
    }
    Ok(result)
}
