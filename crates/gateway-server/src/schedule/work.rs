//! What jobs do: a line for the main session, or a run of an agent.

use std::sync::Arc;
use std::time::Duration;

use openclaw_protocol::methods::cron::delivery::{CronDelivery, CronDeliveryMode};
use openclaw_protocol::methods::cron::job::CronJob;
use openclaw_protocol::methods::cron::payload::AgentTurnPayload;
use openclaw_protocol::methods::lenient::Lenient;
use openclaw_store::{DeliveryState, StoreError};
use serde_json::{Number, json};

use super::core_stage::{agent_of, main_key};
use super::deliver::{self, Place};
use super::heart::{Beat, Why};
use super::stage::{Acted, Delivered};
use crate::clock::{iso, now_ms};
use crate::core::Core;
use crate::runs::{DeliveryTarget, EndKind, Ended, Origin, Refused, RunAsk, canonical_key};

/// A run may take as long as its own limit; this is far beyond.
const LONG: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a job waits for the agent that it woke.
const WOKEN: Duration = Duration::from_secs(600);

/// The line is queued already: wakes the agent, if the job wants that.
pub(super) async fn speak(core: &Arc<Core>, job: &CronJob, text: &str) -> Option<Acted> {
    let key = main_key(core, job);
    let mut acted = Acted {
        summary: Some(text.trim().to_owned()),
        session_key: Some(key.clone()),
        ..Acted::default()
    };
    let wakes_now = job
        .wake_mode
        .as_ref()
        .and_then(Lenient::known)
        .is_some_and(|mode| *mode == openclaw_protocol::methods::wake::WakeMode::Now);
    if !wakes_now {
        return Some(acted);
    }
    let beat = core.heart.wake(key, Why::Job);
    tokio::select! {
        beat = beat => match beat {
            Ok(Beat::Failed(error)) => acted.error = Some(error),
            Ok(Beat::Said | Beat::Quiet | Beat::Skipped(_)) => {}
            // The Gateway stops.
            Err(_) => return None,
        },
        // The line is kept, and the agent is told when it is free.
        () = tokio::time::sleep(WOKEN) => {}
    }
    Some(acted)
}

/// Runs an agent, or goes on with the run of this id.
pub(super) async fn turn(
    core: &Arc<Core>,
    job: &CronJob,
    turn: &AgentTurnPayload,
    run_id: &str,
) -> Option<Acted> {
    let failed = |why: String| {
        Some(Acted {
            error: Some(why),
            ..Acted::default()
        })
    };
    let is_isolated = job.session_target.as_deref() == Some("isolated");
    let key = match job
        .session_target
        .as_deref()
        .and_then(|to| to.strip_prefix("session:"))
    {
        Some(key) => canonical_key(&core.runs.setup(), key),
        None => format!("agent:{}:cron:{}", agent_of(core, job), job.id),
    };
    let delivery = job.delivery.as_ref().and_then(Lenient::known);
    let to = match announced(core, job, delivery).await {
        Ok(to) => to,
        Err(why) => return Box::pin(undeliverable(core, job, turn, run_id, key, why)).await,
    };
    if let Err(error) = prepare(core, run_id, &key, is_isolated).await {
        return failed(format!("the session of the job cannot be begun: {error}"));
    }
    let mut ask = ask(job, turn, run_id, &key);
    ask.delivery = to.clone();
    let ended = match run(core, ask).await {
        Ok(ended) => ended?,
        Err(why) => return failed(why),
    };
    let mut acted = acted(&ended);
    if to.is_some() && acted.error.is_none() && !ended.said().trim().is_empty() {
        acted.delivery = sent(core, run_id).await;
    }
    if let Some(delivery) = delivery {
        tell_web(core, job, delivery, run_id, &mut acted).await;
    }
    Some(acted)
}

/// There is nowhere to send the answer. The job runs all the same: what it finds waits for the
/// main session.
async fn undeliverable(
    core: &Arc<Core>,
    job: &CronJob,
    turn: &AgentTurnPayload,
    run_id: &str,
    key: String,
    why: String,
) -> Option<Acted> {
    let is_isolated = job.session_target.as_deref() == Some("isolated");
    let prepared = prepare(core, run_id, &key, is_isolated).await;
    let ended = match prepared {
        Ok(()) => run(core, ask(job, turn, run_id, &key)).await,
        Err(error) => Err(format!("the session of the job cannot be begun: {error}")),
    };
    let mut acted = match ended {
        Ok(ended) => acted(&*ended?),
        Err(error) => Acted {
            error: Some(error),
            ..Acted::default()
        },
    };
    acted.delivery = Delivered::Not;
    let delivery = job.delivery.as_ref().and_then(Lenient::known);
    if let Some(summary) = acted
        .summary
        .as_deref()
        .filter(|text| !text.trim().is_empty())
    {
        let line = format!("The scheduled job \"{}\" found: {summary}", job.name);
        let main = main_key(core, job);
        if let Err(error) = core.home.push_system_event(&main, &line, now_ms()).await {
            tracing::warn!(job = job.id.as_str(), %error, "what a job found is not kept");
        }
    }
    let is_best_effort = delivery.and_then(|one| one.best_effort) == Some(true);
    if acted.error.is_none() && !is_best_effort {
        acted.error = Some(why);
    }
    Some(acted)
}

/// Where the answer is announced; `None` if it is not.
async fn announced(
    core: &Core,
    job: &CronJob,
    delivery: Option<&CronDelivery>,
) -> Result<Option<DeliveryTarget>, String> {
    let Some(delivery) = delivery.filter(|one| one.mode == CronDeliveryMode::Announce) else {
        return Ok(None);
    };
    let thread = delivery.thread_id.as_ref().map(ToString::to_string);
    let place = Place {
        channel: delivery.channel.as_deref(),
        to: delivery.to.as_deref(),
        account: delivery.account_id.as_deref(),
        thread: thread.as_deref(),
    };
    let target = deliver::target(core, place, &main_key(core, job)).await;
    target.map(Some).map_err(|error| error.to_string())
}

/// A job of its own begins a new conversation for each run; the transcripts of old ones go.
async fn prepare(
    core: &Core,
    run_id: &str,
    key: &str,
    is_isolated: bool,
) -> Result<(), StoreError> {
    if !is_isolated || core.home.run(run_id).await?.is_some() {
        return Ok(());
    }
    let now = now_ms();
    let before = core.conversations.get(key).await?;
    let forgotten = before.as_ref().and_then(|one| {
        let ids = one.entry.get("previousSessionIds")?.as_array()?;
        let is_full = ids.len() >= KEPT_TRANSCRIPTS;
        ids.first()?.as_str().filter(|_| is_full).map(str::to_owned)
    });
    let begun = core.conversations.edit(key, now, |one, is_new| {
        if !is_new {
            one.begin_anew(now);
        }
        Ok::<_, StoreError>(())
    });
    begun.await?;
    if let Some(old) = forgotten {
        core.home.remove_entries(&old).await?;
    }
    Ok(())
}

/// Transcripts of earlier runs that stay: as many as a session remembers.
const KEPT_TRANSCRIPTS: usize = 20;

fn ask(job: &CronJob, turn: &AgentTurnPayload, run_id: &str, key: &str) -> RunAsk {
    let text = format!(
        "[Scheduled job \"{}\", {}]\n{}",
        job.name,
        iso(now_ms()),
        turn.message.trim()
    );
    let origin = Origin::Cron {
        job_id: job.id.as_str().to_owned(),
    };
    let mut ask = RunAsk::new(key, text, origin, run_id);
    ask.model = turn.model.clone().filter(|model| !model.trim().is_empty());
    ask.thinking.clone_from(&turn.thinking);
    ask.timeout = turn.timeout_seconds.as_ref().and_then(timeout);
    ask.allow_tools = turn
        .tools_allow
        .clone()
        .filter(|tools| !tools.iter().any(|tool| tool == "*"));
    ask.extra_system_prompt = Some(
        "You were started by a scheduled job. Nobody waits for you, so do not ask back: do what \
         the job says, and answer with what the user should know of it, ready to be sent as it \
         is."
        .to_owned(),
    );
    ask
}

/// Seconds, whole or not; 0 means as long as it takes.
fn timeout(seconds: &Number) -> Option<Duration> {
    let seconds = seconds.as_f64()?;
    if seconds == 0.0 {
        return Some(LONG);
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// Runs to the end. `None`: the Gateway stops.
async fn run(core: &Arc<Core>, ask: RunAsk) -> Result<Option<Arc<Ended>>, String> {
    let run_id = ask.idempotency_key.clone();
    match core.runs.start(core, ask, None).await {
        Ok(_) => {}
        Err(Refused::Stopping) => return Ok(None),
        Err(refused) => return Err(refused.to_string()),
    }
    Ok(core.runs.wait(core, &run_id, LONG).await)
}

fn acted(ended: &Ended) -> Acted {
    let error = match ended.kind {
        EndKind::Ok => None,
        EndKind::Error => Some(
            ended
                .error
                .clone()
                .unwrap_or_else(|| "it failed".to_owned()),
        ),
        EndKind::Timeout => Some(
            ended
                .error
                .clone()
                .unwrap_or_else(|| "it took too long".to_owned()),
        ),
        EndKind::Aborted => Some("somebody stopped it".to_owned()),
    };
    // No model was asked: what stands there is how to configure one.
    let error = error.or_else(|| ended.is_command.then(|| ended.text.clone()));
    Acted {
        error,
        summary: (!ended.text.is_empty()).then(|| ended.text.clone()),
        session_key: Some(ended.session_key.clone()),
        session_id: Some(ended.session_id.clone()).filter(|id| !id.is_empty()),
        delivery: Delivered::NotRequested,
    }
}

/// What became of a reply in the outbox.
async fn sent(core: &Core, run_id: &str) -> Delivered {
    let record = core.home.delivery(&format!("{run_id}:reply")).await;
    match record.ok().flatten().map(|record| record.state) {
        Some(DeliveryState::Sent) => Delivered::Yes,
        Some(DeliveryState::Failed) => Delivered::Not,
        Some(DeliveryState::Waiting | DeliveryState::Sending | DeliveryState::Unknown) | None => {
            Delivered::Unknown
        }
    }
}

/// Tells the addresses on the web that want to know.
async fn tell_web(
    core: &Core,
    job: &CronJob,
    delivery: &CronDelivery,
    run_id: &str,
    acted: &mut Acted,
) {
    let status = if acted.error.is_some() { "error" } else { "ok" };
    let body = json!({
        "action": "finished", "jobId": job.id, "jobName": job.name, "runId": run_id,
        "ts": now_ms(), "status": status, "summary": acted.summary, "error": acted.error,
        "sessionKey": acted.session_key, "sessionId": acted.session_id,
    });
    if delivery.mode == CronDeliveryMode::Webhook {
        match deliver::post(core, job, delivery.to.as_deref().unwrap_or_default(), &body).await {
            Ok(()) => acted.delivery = Delivered::Yes,
            Err(why) => {
                acted.delivery = Delivered::Not;
                let is_best_effort = delivery.best_effort == Some(true);
                if acted.error.is_none() && !is_best_effort {
                    acted.error = Some(format!("the answer cannot be posted: {why}"));
                }
            }
        }
    }
    if let Some(also) = &delivery.completion_destination
        && let Err(why) = deliver::post(core, job, &also.to, &body).await
    {
        tracing::warn!(
            job = job.id.as_str(),
            why,
            "the end of a job cannot be posted"
        );
    }
}
