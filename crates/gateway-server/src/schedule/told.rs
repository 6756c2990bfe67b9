//! The event `cron`.

use openclaw_protocol::Generation;
use openclaw_protocol::events::cron::{CronAction, CronPayload};
use openclaw_protocol::methods::cron::runs::CronRunEntry;

use super::job::Job;
use super::show;
use super::stage::Stage;

/// A job is new, or other than before.
pub(super) fn job(stage: &dyn Stage, job: &Job, action: &CronAction) {
    each(stage, job, action, |payload| {
        payload.next_run_at_ms = job.next();
    });
}

/// A job is gone.
pub(super) fn removed(stage: &dyn Stage, job: &Job) {
    for generation in [Generation::V3, Generation::V4] {
        let payload = CronPayload::new(job.wire.id.clone(), CronAction::Removed);
        stage.tell(generation, &payload);
    }
}

/// A run begins.
pub(super) fn started(stage: &dyn Stage, job: &Job, at_ms: u64) {
    each(stage, job, &CronAction::Started, |payload| {
        payload.run_at_ms = Some(at_ms);
    });
}

/// A run has ended.
pub(super) fn finished(stage: &dyn Stage, job: &Job, entry: &CronRunEntry) {
    each(stage, job, &CronAction::Finished, |payload| {
        payload.run_at_ms = entry.run_at_ms;
        payload.duration_ms = entry.duration_ms;
        payload.status.clone_from(&entry.status);
        payload.summary.clone_from(&entry.summary);
        payload.error.clone_from(&entry.error);
        payload.session_id.clone_from(&entry.session_id);
        payload.session_key.clone_from(&entry.session_key);
        payload.next_run_at_ms = entry.next_run_at_ms;
    });
}

/// In the form of each generation: the newer one has the job in it.
fn each(stage: &dyn Stage, job: &Job, action: &CronAction, fill: impl Fn(&mut CronPayload)) {
    for generation in [Generation::V3, Generation::V4] {
        let mut payload = CronPayload::new(job.wire.id.clone(), action.clone());
        fill(&mut payload);
        if generation >= Generation::V4 {
            payload.job = serde_json::to_value(show::job(job, generation)).ok();
        }
        stage.tell(generation, &payload);
    }
}
