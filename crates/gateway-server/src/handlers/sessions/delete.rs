//! `sessions.delete`

use std::path::PathBuf;
use std::time::Duration;

use openclaw_protocol::Generation;
use openclaw_protocol::id::SessionKey;
use openclaw_protocol::methods::sessions::delete::{
    SessionsDelete, SessionsDeleteParams, SessionsDeleteResult,
};
use serde_json::json;

use super::{Broken, check_transcript, key};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::{put_away, rules, watch};
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::StopReason;

/// How long a run that is told to end may take.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsDelete, _>(
        |ctx, params| async move { Box::pin(delete(&ctx, params)).await },
    );
}

async fn delete(ctx: &Ctx, params: SessionsDeleteParams) -> Result<SessionsDeleteResult, Fault> {
    let core = ctx.core();
    let key = key(core, params.key.as_str(), params.agent_id.as_ref())?;
    if is_main(core, &key) {
        return Err(Fault::invalid(format!(
            "Cannot delete the main session ({key})."
        )));
    }
    let book = &core.conversations;
    let shown = SessionKey::from(key.as_str());
    if let Some(one) = book.get(&key).await.map_err(Broken::from)? {
        check(&one, &params)?;
    }
    settle(core, &key).await?;
    let _held = book.lock(&key).await;
    let Some(one) = book.get(&key).await.map_err(Broken::from)? else {
        let mut result = SessionsDeleteResult::new(true, shown, false);
        result.archived = Some(Vec::new());
        return Ok(result);
    };
    check(&one, &params)?;
    let with_transcript = params.delete_transcript != Some(false);
    let mut archived = Vec::new();
    if with_transcript && let Some(folder) = archive_folder(core) {
        let file = put_away(book, &one, folder, now_ms()).await;
        let file = file.map_err(|error| Fault::unavailable(error.to_string()))?;
        archived.extend(file.map(|path| path.to_string_lossy().into_owned()));
    }
    let deleted = book.remove(&key, with_transcript).await;
    let deleted = deleted.map_err(Broken::from)?;
    watch::changed(core, &one, "delete");
    let mut result = SessionsDeleteResult::new(true, shown, deleted);
    result.archived = Some(archived);
    Ok(result)
}

fn check(
    one: &crate::conversations::Conversation,
    params: &SessionsDeleteParams,
) -> Result<(), Fault> {
    check_transcript(one, params.expected_session_id.as_ref())?;
    if params.archived_only == Some(true) && one.flag("archived") != Some(true) {
        return Err(Fault::invalid(format!(
            "session {} is not put away; sessions.patch with archived does that",
            one.key
        )));
    }
    let expected = params.expected_session_updated_at.as_ref();
    if expected.is_some_and(|at| at.as_u64() != Some(one.updated_at_ms)) {
        return Err(
            Fault::invalid(format!("session {} changed meanwhile", one.key))
                .with_details(json!({ "reason": "session-changed" })),
        );
    }
    Ok(())
}

fn is_main(core: &Core, key: &str) -> bool {
    let setup = core.runs.setup();
    let rules = rules(&setup);
    setup
        .options
        .agents
        .iter()
        .any(|agent| rules.main_of(&agent.id) == key)
}

/// Ends what runs in a session and waits until it has ended.
///
/// # Errors
///
/// `UNAVAILABLE` if it does not.
pub(super) async fn settle(core: &Core, key: &str) -> Result<(), Fault> {
    let aborted = core.runs.abort(key, None, StopReason::Rpc);
    let ended = async {
        for run_id in &aborted.run_ids {
            core.runs.wait(core, run_id, PATIENCE).await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, ended).await;
    if core.runs.in_flight(key, Generation::V4).is_some() {
        return Err(Fault::unavailable(format!(
            "session {key} is still active; try again"
        )));
    }
    Ok(())
}

/// Where transcripts are put that leave the store; `None` where the Gateway has no folder.
pub(super) fn archive_folder(core: &Core) -> Option<PathBuf> {
    let state = core.options.state_dir.as_ref()?;
    Some(state.join("sessions").join("archive"))
}
