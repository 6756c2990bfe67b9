//! One job as it is kept.

use std::sync::LazyLock;

use openclaw_policy::schedule::{Plan, Zone};
use openclaw_protocol::id::CronJobId;
use openclaw_protocol::methods::cron::delivery::CronDelivery;
use openclaw_protocol::methods::cron::job::{CronJob, CronJobState};
use openclaw_protocol::methods::cron::schedule::CronSchedule;
use openclaw_store::{CronJobRecord, CronRunRecord};
use serde_json::Value;
use serde_json::value::to_raw_value;

/// One job: what its owner wrote, and how it stands.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// As clients of protocol 4 see it, without what is made up for the answer.
    pub(super) wire: CronJob,
    /// When it runs; `None` where nothing here understands its schedule.
    pub(super) plan: Option<Plan>,
    /// The run under way.
    pub(super) run: Option<String>,
}

/// A member of `state` that the declaration does not name.
pub(super) const LAST_RUN_STATUS: &str = "lastRunStatus";
/// What became of the last answer.
pub(super) const LAST_DELIVERY_STATUS: &str = "lastDeliveryStatus";
/// Left-out runs in a row.
pub(super) const CONSECUTIVE_SKIPPED: &str = "consecutiveSkipped";
/// When somebody was last told that it fails.
pub(super) const LAST_ALERT_AT: &str = "lastFailureAlertAtMs";

impl Job {
    /// A job out of the store. `host` is the zone of schedules that name none.
    pub(super) fn read(record: &CronJobRecord, host: &Zone) -> serde_json::Result<Self> {
        let mut wire: CronJob = serde_json::from_str(record.body.get())?;
        wire.id = CronJobId::from(record.job_id.as_str());
        wire.created_at_ms = Some(record.created_at_ms);
        let mut job = Self {
            plan: None,
            wire,
            run: None,
        };
        job.replan(host);
        let state = job.state_mut();
        state.next_run_at_ms = record.next_run_ms;
        state.running_at_ms = None;
        Ok(job)
    }

    /// What the store keeps.
    pub(super) fn record(&self) -> serde_json::Result<CronJobRecord> {
        Ok(CronJobRecord {
            job_id: self.id().to_owned(),
            created_at_ms: self.wire.created_at_ms.unwrap_or(0),
            next_run_ms: self.next(),
            body: to_raw_value(&self.wire)?,
        })
    }

    /// Makes the plan anew, out of the schedule.
    pub(super) fn replan(&mut self, host: &Zone) {
        let anchor = self.wire.created_at_ms.unwrap_or(0);
        self.plan = self
            .schedule()
            .and_then(|schedule| Plan::of(schedule, host, anchor).ok());
    }

    pub(super) fn id(&self) -> &str {
        self.wire.id.as_str()
    }

    pub(super) fn schedule(&self) -> Option<&CronSchedule> {
        self.wire.schedule.as_ref()?.known()
    }

    pub(super) fn delivery(&self) -> Option<&CronDelivery> {
        self.wire.delivery.as_ref()?.known()
    }

    pub(super) fn target(&self) -> &str {
        self.wire.session_target.as_deref().unwrap_or("main")
    }

    /// When it runs next.
    pub(super) fn next(&self) -> Option<u64> {
        self.state().next_run_at_ms
    }

    pub(super) fn state(&self) -> &CronJobState {
        static NONE: LazyLock<CronJobState> = LazyLock::new(CronJobState::default);
        self.wire.state.as_ref().unwrap_or(&NONE)
    }

    pub(super) fn state_mut(&mut self) -> &mut CronJobState {
        self.wire.state.get_or_insert_default()
    }

    /// A number of the state that has no member of its own.
    pub(super) fn noted(&self, name: &str) -> Option<u64> {
        self.state().rest.get(name)?.as_u64()
    }

    /// Notes such a member; `null` takes it out.
    pub(super) fn note(&mut self, name: &str, value: Value) {
        let rest = &mut self.state_mut().rest;
        match value {
            Value::Null => drop(rest.remove(name)),
            value => drop(rest.insert(name.to_owned(), value)),
        }
    }

    /// Plans its next run from now on, if it is switched on.
    pub(super) fn plan_from(&mut self, now_ms: u64) {
        let next = match &self.plan {
            Some(plan) if self.wire.enabled => plan.next_after(now_ms, self.id()),
            _ => None,
        };
        self.state_mut().next_run_at_ms = next;
    }

    /// Whether its time has come.
    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        self.wire.enabled
            && self.run.is_none()
            && self.plan.is_some()
            && self.next().is_some_and(|next| next <= now_ms)
    }

    /// Whether it goes after a run that went well.
    pub(super) fn goes_after_run(&self) -> bool {
        let is_once = self.plan.as_ref().is_some_and(Plan::is_once);
        self.wire.delete_after_run.unwrap_or(is_once)
    }
}

/// What the store keeps of a run.
pub(super) fn run_record(
    job_id: &str,
    run_id: &str,
    at_ms: u64,
    has_ended: bool,
    body: &impl serde::Serialize,
) -> serde_json::Result<CronRunRecord> {
    Ok(CronRunRecord {
        run_id: run_id.to_owned(),
        job_id: job_id.to_owned(),
        at_ms,
        has_ended,
        body: to_raw_value(body)?,
    })
}
