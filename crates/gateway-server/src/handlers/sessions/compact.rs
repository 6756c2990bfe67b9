//! `sessions.compact`

use openclaw_protocol::id::SessionKey;
use openclaw_protocol::methods::sessions::compact::{
    SessionsCompact, SessionsCompactParams, SessionsCompactResult,
};
use serde_json::json;

use super::{Broken, key};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::{put_away, watch};
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::{SummedUp, sum_up};

/// Records that stay where a caller of protocol 3 does not say.
const USUAL: u64 = 400;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsCompact, _>(|ctx, params| async move { compact(&ctx, params).await });
}

async fn compact(ctx: &Ctx, params: SessionsCompactParams) -> Result<SessionsCompactResult, Fault> {
    let core = ctx.core();
    let key = key(core, params.key.as_str(), params.agent_id.as_ref())?;
    let book = &core.conversations;
    let shown = SessionKey::from(key.as_str());
    let unchanged = |reason: &str| {
        let mut result = SessionsCompactResult::new(true, shown.clone(), false);
        result.reason = Some(reason.to_owned());
        result
    };
    let keep = match params.max_lines {
        Some(0) => return Err(Fault::invalid("maxLines must be at least 1")),
        Some(keep) => keep,
        None if ctx.conn().is_v4() => return summed_up(ctx, &key).await,
        None => USUAL,
    };
    not_busy(ctx, &key)?;
    let _held = book.lock(&key).await;
    let Some(one) = book.get(&key).await.map_err(Broken::from)? else {
        return Ok(unchanged("no sessionId"));
    };
    let total = book.count(&one.session_id).await.map_err(Broken::from)?;
    if total == 0 {
        return Ok(unchanged("no transcript"));
    }
    if total <= keep {
        let mut result = SessionsCompactResult::new(true, shown, false);
        result.kept = Some(total);
        return Ok(result);
    }
    let mut result = SessionsCompactResult::new(true, shown.clone(), true);
    if let Some(folder) = super::delete::archive_folder(core) {
        let file = put_away(book, &one, folder, now_ms()).await;
        let file = file.map_err(|error| Fault::unavailable(error.to_string()))?;
        result.archived = file.map(|path| path.to_string_lossy().into_owned());
    }
    let keep = usize::try_from(keep).unwrap_or(usize::MAX);
    book.keep_last(&one.session_id, keep)
        .await
        .map_err(Broken::from)?;
    result.kept = Some(keep as u64);
    watch::changed(core, &one, "compact");
    Ok(result)
}

fn not_busy(ctx: &Ctx, key: &str) -> Result<(), Fault> {
    match ctx.core().runs.in_flight(key, ctx.conn().generation) {
        None => Ok(()),
        Some(_) => Err(Fault::invalid(format!(
            "session {key} is busy; stop its run with chat.abort first"
        ))),
    }
}

/// The older part becomes a summary; the transcript keeps all of it.
async fn summed_up(ctx: &Ctx, key: &str) -> Result<SessionsCompactResult, Fault> {
    let core = ctx.core();
    not_busy(ctx, key)?;
    let mut result = SessionsCompactResult::new(true, SessionKey::from(key), false);
    let Some(one) = core.conversations.get(key).await.map_err(Broken::from)? else {
        result.reason = Some("no sessionId".to_owned());
        return Ok(result);
    };
    match Box::pin(sum_up(core, key, None)).await {
        Ok(SummedUp::Nothing) => result.reason = Some("no transcript".to_owned()),
        Ok(SummedUp::Done {
            summary,
            first_kept,
            tokens_before,
            tokens_after,
        }) => {
            result.compacted = true;
            result.result = Some(json!({
                "summary": summary, "firstKeptEntryId": first_kept,
                "tokensBefore": tokens_before, "tokensAfter": tokens_after,
                "sessionId": one.session_id,
            }));
        }
        Err(error) => return Err(Fault::unavailable(error.to_string())),
    }
    Ok(result)
}
