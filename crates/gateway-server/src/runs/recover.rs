//! What was under way when the Gateway ended.

use std::sync::Arc;
use std::time::Duration;

use openclaw_store::{RunEnd, RunRecord, RunState, StoreError};
use serde_json::value::to_raw_value;

use super::desk::Runs;
use super::{EndKind, Ended, EndedUsage, Origin, RunAsk, drive, journal};
use crate::clock::{as_millis, now_ms};
use crate::core::Core;

/// How long after it was asked for a run is still taken up. What is older was not waited for.
const FRESH: Duration = Duration::from_secs(6 * 3600);

/// Takes up the runs that have not ended, in the order in which they were asked for. Those that
/// cannot be taken up are ended, and say why.
pub(super) async fn recover(runs: &Runs, core: &Arc<Core>) -> Result<(), StoreError> {
    for record in core.home.open_runs().await? {
        let run_id = record.run_id.clone();
        if let Err(why) = take_up(runs, core, &record).await? {
            tracing::warn!(run = run_id, why, "a run is not taken up again");
            give_up(core, &record, why).await?;
        }
    }
    Ok(())
}

async fn take_up(
    runs: &Runs,
    core: &Arc<Core>,
    record: &RunRecord,
) -> Result<Result<(), &'static str>, StoreError> {
    let Ok(ask) = serde_json::from_str::<RunAsk>(record.request.get()) else {
        return Ok(Err(
            "the gateway ended, and what was asked is unreadable now",
        ));
    };
    if now_ms().saturating_sub(record.queued_at_ms) > as_millis(FRESH) {
        return Ok(Err("the gateway was away for too long; ask again"));
    }
    if matches!(ask.origin, Origin::Http) {
        return Ok(Err("the program that asked lost its connection"));
    }
    let steps = match record.state {
        RunState::Running => journal::steps(&core.home, &record.run_id).await?,
        RunState::Waiting | RunState::Ended => Vec::new(),
    };
    let command = drive::command_of(&ask);
    let place = match &command {
        Some(command) if !command.waits_its_turn() => None,
        _ => match runs.lanes.enter(&ask.session_key) {
            Ok(place) => Some(place),
            Err(_) => return Ok(Err("too many runs were waiting when the gateway ended")),
        },
    };
    tracing::info!(
        run = record.run_id,
        session = record.session_key,
        steps = steps.len(),
        "a run is taken up again"
    );
    let live = runs.open(core, &ask, record.queued_at_ms, command.is_some());
    let work = drive::Work {
        ask,
        command,
        place,
        steps,
    };
    let core = Arc::clone(core);
    let tasks = core.tasks.clone();
    tasks.spawn(async move { drive::drive(&core, &live, work).await });
    Ok(Ok(()))
}

async fn give_up(core: &Core, record: &RunRecord, why: &str) -> Result<(), StoreError> {
    let now = now_ms();
    let ended = Ended {
        run_id: record.run_id.clone(),
        session_key: record.session_key.clone(),
        session_id: String::new(),
        kind: EndKind::Error,
        text: String::new(),
        attachments: Vec::new(),
        error: Some(format!("The run was interrupted: {why}")),
        error_kind: Some("interrupted".to_owned()),
        stop_reason: None,
        provider: None,
        model: None,
        usage: EndedUsage::default(),
        tools: Vec::new(),
        client_calls: Vec::new(),
        is_command: false,
        details: None,
        started_at_ms: record.started_at_ms.unwrap_or(record.queued_at_ms),
        ended_at_ms: now,
    };
    let ask = serde_json::from_str::<RunAsk>(record.request.get()).ok();
    let to = ask.as_ref().and_then(|ask| ask.delivery.as_ref());
    let end = RunEnd {
        at_ms: now,
        outcome: to_raw_value(&ended).unwrap_or_else(|_| core.empty_object().to_owned()),
        session: None,
        entries: None,
        deliveries: super::delivery::deliveries(&ended, to),
    };
    core.home.end_run(&record.run_id, end).await
}
