//! One scheduled job.

use serde_json::{Map, Value};

use crate::id::{AgentId, CronJobId, SessionKey};
use crate::methods::cron::delivery::CronDelivery;
use crate::methods::cron::failure_alert::FailureAlert;
use crate::methods::cron::payload::CronJobPayload;
use crate::methods::cron::schedule::CronSchedule;
use crate::methods::lenient::Lenient;
use crate::methods::open_record::open_record;
use crate::methods::wake::WakeMode;

open_record! {
    /// One scheduled job. In a compact list the larger members are left out.
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronJob {
        /// The job.
        must id: CronJobId = "id",
        /// Its name.
        must name: String = "name",
        /// Its name for a person. Since protocol 4.
        may display_name: String = "displayName",
        /// The key under which a program declared it. Since protocol 4.
        may declaration_key: String = "declarationKey",
        /// Its agent.
        may agent_id: AgentId = "agentId",
        /// Its session. Since protocol 4.
        may session_key: SessionKey = "sessionKey",
        /// What it is for.
        may description: String = "description",
        /// Whether it runs.
        must enabled: bool = "enabled",
        /// Whether it goes after its first run.
        may delete_after_run: bool = "deleteAfterRun",
        /// When it was made, milliseconds since the epoch.
        may created_at_ms: u64 = "createdAtMs",
        /// Last change, milliseconds since the epoch.
        may updated_at_ms: u64 = "updatedAtMs",
        /// When it runs.
        may schedule: Lenient<CronSchedule> = "schedule",
        /// Where it runs: `main`, `isolated`, `current` or `session:<key>`.
        may session_target: String = "sessionTarget",
        /// When a queued line takes effect.
        may wake_mode: Lenient<WakeMode> = "wakeMode",
        /// What it does; the Gateway's own jobs have kinds that nobody can add.
        may payload: Lenient<CronJobPayload> = "payload",
        /// Where the answer goes.
        may delivery: Lenient<CronDelivery> = "delivery",
        /// When failures are told. Since protocol 4.
        may failure_alert: Lenient<FailureAlert> = "failureAlert",
        /// How it stands.
        may state: CronJobState = "state",
        /// What its settings are; changes with them. Since protocol 4.
        may config_revision: String = "configRevision",
        /// When it runs next, milliseconds since the epoch. Since protocol 4.
        may next_run_at_ms: u64 = "nextRunAtMs",
        /// Where the answer goes, in words: `{label, detail}`. Since protocol 4.
        may delivery_preview: Value = "deliveryPreview",
    }
}

impl CronJob {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(id: CronJobId, name: String, enabled: bool) -> Self {
        Self {
            id,
            name,
            display_name: None,
            declaration_key: None,
            agent_id: None,
            session_key: None,
            description: None,
            enabled,
            delete_after_run: None,
            created_at_ms: None,
            updated_at_ms: None,
            schedule: None,
            session_target: None,
            wake_mode: None,
            payload: None,
            delivery: None,
            failure_alert: None,
            state: None,
            config_revision: None,
            next_run_at_ms: None,
            delivery_preview: None,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// How a job stands. Times in milliseconds since the epoch.
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct CronJobState {
        /// When it runs next.
        may next_run_at_ms: u64 = "nextRunAtMs",
        /// Since when it has been running.
        may running_at_ms: u64 = "runningAtMs",
        /// When it ran last.
        may last_run_at_ms: u64 = "lastRunAtMs",
        /// How that ended: `ok`, `error` or `skipped`.
        may last_status: String = "lastStatus",
        /// What went wrong.
        may last_error: String = "lastError",
        /// How long it took, milliseconds.
        may last_duration_ms: u64 = "lastDurationMs",
        /// Failures in a row.
        may consecutive_errors: u64 = "consecutiveErrors",
    }
}
