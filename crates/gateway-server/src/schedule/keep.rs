//! The task that has jobs run when their time comes.

use std::sync::Arc;
use std::time::Duration;

use openclaw_policy::schedule::{Missed, missed};
use openclaw_store::StoreError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::desk::Scheduler;
use super::flaw::JobFlaw;
use super::job::{Job, LAST_RUN_STATUS};
use super::stage::Stage;
use super::turn::Run;
use crate::clock::{as_millis, millis_between};

/// The longest sleep: clocks jump, and hosts sleep.
const MAX_NAP: Duration = Duration::from_secs(60);
/// How long it waits when the store fails.
const STORE_NAP: Duration = Duration::from_secs(5);
/// How much the clock may go back before jobs are planned anew.
const JUMP: Duration = Duration::from_secs(60);

impl Scheduler {
    /// Takes up the jobs that are kept, and the runs that the end of the Gateway cut off. Once,
    /// before [`Scheduler::keep`].
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(crate) async fn load(self: &Arc<Self>, stage: &Arc<dyn Stage>) -> Result<(), StoreError> {
        let now = self.clock.now_ms();
        let options = self.options();
        let mut jobs = self.jobs.lock().await;
        for record in self.store.cron_jobs().await? {
            match Job::read(&record, &options.zone) {
                Ok(job) => drop(jobs.insert(record.job_id, job)),
                Err(error) => {
                    tracing::warn!(job = record.job_id, %error, "a scheduled job is unreadable and does not run");
                }
            }
        }
        for open in self.store.open_cron_runs().await? {
            let Some(job) = jobs.get_mut(&open.job_id) else {
                continue;
            };
            let run = Run {
                id: open.run_id,
                at_ms: open.at_ms,
            };
            tracing::info!(
                job = job.id(),
                run = run.id,
                "a run of a job is taken up again"
            );
            job.run = Some(run.id.clone());
            job.state_mut().running_at_ms = Some(run.at_ms);
            // Nobody waits for its end.
            drop(self.go(stage, job, run));
        }
        for job in jobs
            .values_mut()
            .filter(|job| job.run.is_none() && job.wire.enabled)
        {
            let what = match (&job.plan, job.next()) {
                (Some(plan), Some(due)) => missed(plan, due, now, options.skip_missed),
                // Its next time was not known when the Gateway ended.
                (Some(plan), None) if !plan.is_once() => Missed::Skip,
                _ => continue,
            };
            match what {
                Missed::No | Missed::RunNow => continue,
                Missed::Skip => job.plan_from(now),
                Missed::Over => {
                    job.wire.enabled = false;
                    let state = job.state_mut();
                    state.next_run_at_ms = None;
                    state.last_status = Some("skipped".to_owned());
                    job.note(LAST_RUN_STATUS, "skipped".into());
                }
            }
            match job.record() {
                Ok(record) => self.store.put_cron_job(record).await?,
                Err(error) => tracing::warn!(job = job.id(), %error, "a job is not planned anew"),
            }
        }
        Ok(())
    }

    /// Has jobs run when their time comes, until it is told to stop. Runs under way are awaited by
    /// the stage's tasks.
    pub(crate) async fn keep(self: Arc<Self>, stage: Arc<dyn Stage>, stop: CancellationToken) {
        let mut last = (Instant::now(), self.clock.now_ms());
        loop {
            let now = (Instant::now(), self.clock.now_ms());
            let expected = last.1.saturating_add(millis_between(last.0, now.0));
            if now.1.saturating_add(as_millis(JUMP)) < expected {
                tracing::warn!("the clock was set back; scheduled jobs are planned anew");
                self.plan_anew(&stage).await;
            }
            last = now;
            let nap = match self.begin_due(&stage).await {
                Ok(Some(next)) => {
                    let left = next.saturating_sub(self.clock.now_ms());
                    Duration::from_millis(left).min(MAX_NAP)
                }
                Ok(None) => MAX_NAP,
                Err(JobFlaw::Json(error)) => {
                    tracing::error!(%error, "a scheduled job cannot be begun");
                    STORE_NAP
                }
                Err(error) => {
                    tracing::error!(%error, "scheduled jobs cannot be begun");
                    STORE_NAP
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(nap) => {}
            }
        }
    }
}
