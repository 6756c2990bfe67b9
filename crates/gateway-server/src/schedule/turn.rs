//! One run of a job: noted, done, noted.
//!
//! The note that a run begins is on disk before anything is done, together with the time of the
//! next run: a job whose time has come runs once, whatever happens to the Gateway. A run that the
//! end of the Gateway cut off goes on at the next start, under the same id.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use openclaw_policy::schedule::{Plan, pause_after};
use openclaw_protocol::events::cron::CronAction;
use openclaw_protocol::id::{RunId, SessionId, SessionKey};
use openclaw_protocol::methods::cron::run::CronRunMode;
use openclaw_protocol::methods::cron::runs::CronRunEntry;
use openclaw_store::StoreError;
use tokio::sync::oneshot;

use super::alert;
use super::desk::Scheduler;
use super::flaw::JobFlaw;
use super::job::{
    CONSECUTIVE_SKIPPED, Job, LAST_ALERT_AT, LAST_DELIVERY_STATUS, LAST_RUN_STATUS, run_record,
};
use super::stage::{Acted, Stage};
use super::told;

/// Runs of one job are at least this far apart, milliseconds, however its times lie.
const MIN_GAP_MS: u64 = 1000;
/// Characters of what came of a run that are kept.
const MAX_SUMMARY: usize = 2000;

/// What came of asking for a run.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It begins.
    Begun {
        /// Its id.
        run_id: String,
        /// Hears its end; nothing, if the Gateway stops before.
        ended: oneshot::Receiver<CronRunEntry>,
    },
    /// It does not, for this reason in a word of the protocol.
    Not(&'static str),
}

/// One run.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) id: String,
    pub(super) at_ms: u64,
}

impl Scheduler {
    /// Runs a job at once, if the mode lets it.
    ///
    /// # Errors
    ///
    /// [`JobFlaw`]
    pub(crate) async fn run_now(
        self: &Arc<Self>,
        stage: &Arc<dyn Stage>,
        id: &str,
        mode: CronRunMode,
    ) -> Result<Asked, JobFlaw> {
        let now = self.clock.now_ms();
        let mut jobs = self.jobs.lock().await;
        let job = jobs
            .get_mut(id)
            .ok_or_else(|| JobFlaw::Unknown(id.to_owned()))?;
        if job.run.is_some() {
            return Ok(Asked::Not("already-running"));
        }
        if job.plan.is_none() {
            return Ok(Asked::Not("invalid-spec"));
        }
        match mode {
            CronRunMode::Due if !job.is_due(now) => return Ok(Asked::Not("not-due")),
            CronRunMode::IfEnabled if !job.wire.enabled => return Ok(Asked::Not("disabled")),
            CronRunMode::Due | CronRunMode::Force | CronRunMode::IfEnabled => {}
        }
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let run = Run {
            id: format!("manual:{id}:{now}:{number}"),
            at_ms: now,
        };
        let run_id = run.id.clone();
        let ended = self.begin(stage, job, run).await?;
        Ok(Asked::Begun { run_id, ended })
    }

    /// Notes that a job runs, and has it run.
    pub(super) async fn begin(
        self: &Arc<Self>,
        stage: &Arc<dyn Stage>,
        job: &mut Job,
        run: Run,
    ) -> Result<oneshot::Receiver<CronRunEntry>, JobFlaw> {
        let mut next = job.clone();
        next.run = Some(run.id.clone());
        next.state_mut().running_at_ms = Some(run.at_ms);
        if next.is_due_or_over(run.at_ms) {
            next.plan_from(run.at_ms);
        }
        let entry = CronRunEntry {
            run_id: Some(RunId::from(run.id.as_str())),
            run_at_ms: Some(run.at_ms),
            ..CronRunEntry::new(run.at_ms, next.wire.id.clone(), "started".to_owned())
        };
        let begun = run_record(next.id(), &run.id, run.at_ms, false, &entry)?;
        let kept = match stage.line(&next.wire) {
            Some(line) => {
                self.store
                    .begin_cron_line(next.record()?, begun, &line.session_key, &line.text)
            }
            None => self.store.begin_cron_run(next.record()?, begun),
        };
        kept.await?;
        told::started(&**stage, &next, run.at_ms);
        *job = next;
        Ok(self.go(stage, job, run))
    }

    /// Has a run go on that is noted.
    pub(super) fn go(
        self: &Arc<Self>,
        stage: &Arc<dyn Stage>,
        job: &Job,
        run: Run,
    ) -> oneshot::Receiver<CronRunEntry> {
        let (tell, ended) = oneshot::channel();
        let (scheduler, wire) = (Arc::clone(self), job.wire.clone());
        let stage = Arc::clone(stage);
        let tasks = stage.tasks().clone();
        tasks.spawn(async move {
            let Some(acted) = stage.act(&wire, &run.id).await else {
                return;
            };
            let Some(entry) = Box::pin(scheduler.end(&stage, wire.id.as_str(), &run, acted)).await
            else {
                return;
            };
            // Nobody may be waiting.
            let _ = tell.send(entry);
        });
        ended
    }

    /// Notes how a run ended.
    async fn end(
        &self,
        stage: &Arc<dyn Stage>,
        job_id: &str,
        run: &Run,
        acted: Acted,
    ) -> Option<CronRunEntry> {
        let now = self.clock.now_ms();
        let mut jobs = self.jobs.lock().await;
        // It was removed meanwhile: there is nothing to note.
        let job = jobs.get_mut(job_id)?;
        let mut next = job.clone();
        let is_ok = acted.error.is_none();
        after_run(&mut next, run, &acted, now);
        let rule = alert::due(&next, &self.options(), is_ok, now);
        if rule.is_some() {
            next.note(LAST_ALERT_AT, now.into());
        }
        let goes = is_ok && is_once(&next) && next.goes_after_run();
        let entry = entry(&next, run, acted, now);
        if let Err(error) = self.note_end(&next, run, &entry, goes).await {
            tracing::error!(job = job_id, run = run.id, %error, "the end of a job's run is not kept");
        }
        told::finished(&**stage, &next, &entry);
        let wire = next.wire.clone();
        if goes {
            jobs.remove(job_id);
            told::removed(&**stage, &next);
        } else {
            *job = next;
        }
        drop(jobs);
        self.changed.notify_one();
        stage.report(&wire, &entry, rule).await;
        Some(entry)
    }

    async fn note_end(
        &self,
        job: &Job,
        run: &Run,
        entry: &CronRunEntry,
        goes: bool,
    ) -> Result<(), JobFlaw> {
        let ended = run_record(job.id(), &run.id, run.at_ms, true, entry)?;
        let kept = self.store.end_cron_run(job.record()?, ended, goes);
        Ok(kept.await?)
    }

    /// Begins what is due, as far as there is room; answers when to look again.
    pub(super) async fn begin_due(
        self: &Arc<Self>,
        stage: &Arc<dyn Stage>,
    ) -> Result<Option<u64>, JobFlaw> {
        let options = self.options();
        if !options.is_enabled {
            return Ok(None);
        }
        let now = self.clock.now_ms();
        let mut jobs = self.jobs.lock().await;
        let running = jobs.values().filter(|job| job.run.is_some()).count();
        let room = options.max_running.saturating_sub(running);
        let mut due: Vec<(Option<u64>, String)> = jobs
            .values()
            .filter(|job| job.is_due(now))
            .map(|job| (job.next(), job.id().to_owned()))
            .collect();
        due.sort();
        for (_, id) in due.into_iter().take(room) {
            let Some(job) = jobs.get_mut(&id) else {
                continue;
            };
            let run = Run {
                id: format!("cron:{id}:{now}"),
                at_ms: now,
            };
            match self.begin(stage, job, run).await {
                // Nobody waits for its end.
                Ok(_) => {}
                Err(JobFlaw::Store(StoreError::UnknownJob(_))) => drop(jobs.remove(&id)),
                Err(flaw) => return Err(flaw),
            }
        }
        let waiting = jobs
            .values()
            .filter(|job| job.wire.enabled && job.run.is_none());
        Ok(waiting
            .filter_map(Job::next)
            .filter(|next| *next > now)
            .min())
    }

    /// The clock was set back: jobs do not wait until it is where it was.
    pub(super) async fn plan_anew(&self, stage: &Arc<dyn Stage>) {
        let now = self.clock.now_ms();
        let mut jobs = self.jobs.lock().await;
        for job in jobs.values_mut() {
            if is_once(job) || job.run.is_some() {
                continue;
            }
            let before = job.next();
            let mut next = job.clone();
            next.plan_from(now);
            let sooner = next
                .next()
                .filter(|at| before.is_none_or(|before| *at < before));
            if sooner.is_none() {
                continue;
            }
            let kept = match next.record() {
                Ok(record) => self.store.put_cron_job(record).await.map_err(JobFlaw::from),
                Err(error) => Err(error.into()),
            };
            match kept {
                Ok(()) => {
                    told::job(&**stage, &next, &CronAction::Updated);
                    *job = next;
                }
                Err(error) => tracing::warn!(job = job.id(), %error, "a job is not planned anew"),
            }
        }
    }
}

impl Job {
    fn is_due_or_over(&self, now_ms: u64) -> bool {
        self.next().is_none_or(|next| next <= now_ms)
    }
}

fn is_once(job: &Job) -> bool {
    job.plan.as_ref().is_some_and(Plan::is_once)
}

/// How a job stands after a run.
fn after_run(job: &mut Job, run: &Run, acted: &Acted, now_ms: u64) {
    job.run = None;
    let is_ok = acted.error.is_none();
    let status = if is_ok { "ok" } else { "error" };
    let state = job.state_mut();
    state.running_at_ms = None;
    state.last_run_at_ms = Some(run.at_ms);
    state.last_status = Some(status.to_owned());
    state.last_error.clone_from(&acted.error);
    state.last_duration_ms = Some(now_ms.saturating_sub(run.at_ms));
    let failures = if is_ok {
        0
    } else {
        state.consecutive_errors.unwrap_or(0).saturating_add(1)
    };
    state.consecutive_errors = Some(failures);
    job.note(LAST_RUN_STATUS, status.into());
    job.note(LAST_DELIVERY_STATUS, acted.delivery.as_str().into());
    job.note(CONSECUTIVE_SKIPPED, 0.into());
    if is_once(job) {
        // It was given another moment while it ran.
        if job.next().is_some_and(|next| next > run.at_ms) {
            return;
        }
        job.wire.enabled = false;
        job.state_mut().next_run_at_ms = None;
        return;
    }
    job.plan_from(now_ms);
    let not_before = now_ms.saturating_add(pause_after(failures).max(MIN_GAP_MS));
    let state = job.state_mut();
    state.next_run_at_ms = state.next_run_at_ms.map(|next| {
        if is_ok && next >= run.at_ms.saturating_add(MIN_GAP_MS) {
            next
        } else {
            next.max(not_before)
        }
    });
}

fn entry(job: &Job, run: &Run, acted: Acted, now_ms: u64) -> CronRunEntry {
    let state = job.state();
    let mut entry = CronRunEntry::new(now_ms, job.wire.id.clone(), "finished".to_owned());
    entry.status.clone_from(&state.last_status);
    entry.error = acted.error;
    entry.summary = acted
        .summary
        .map(|text| text.chars().take(MAX_SUMMARY).collect())
        .filter(|text: &String| !text.is_empty());
    entry.session_id = acted.session_id.as_deref().map(SessionId::from);
    entry.session_key = acted.session_key.as_deref().map(SessionKey::from);
    entry.run_id = Some(RunId::from(run.id.as_str()));
    entry.run_at_ms = Some(run.at_ms);
    entry.duration_ms = state.last_duration_ms;
    entry.next_run_at_ms = state.next_run_at_ms;
    let completion = if entry.error.is_none() {
        "succeeded"
    } else {
        "failed"
    };
    for (name, value) in [
        ("completionStatus", completion),
        ("deliveryStatus", acted.delivery.as_str()),
        ("jobName", job.wire.name.as_str()),
    ] {
        entry.rest.insert(name.to_owned(), value.into());
    }
    entry
}
