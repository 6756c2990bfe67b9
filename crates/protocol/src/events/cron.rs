//! `cron`

use serde_json::{Map, Value};

use crate::id::{CronJobId, SessionId, SessionKey};
use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;
use crate::{Audience, Event, Scope};

/// Something happened to a scheduled job.
///
/// Units: times in milliseconds since the epoch, `durationMs` in milliseconds.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Cron {}

impl Event for Cron {
    const NAME: &'static str = "cron";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const DROP_IF_SLOW: bool = true;
    type Payload = CronPayload;
}

open_record! {
    /// Payload of [`Cron`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronPayload {
        /// The job.
        must job_id: CronJobId = "jobId",
        /// What happened.
        must action: CronAction = "action",
        /// The job afterwards. Since protocol 4.
        may job: Value = "job",
        /// When the run began.
        may run_at_ms: u64 = "runAtMs",
        /// How long it took.
        may duration_ms: u64 = "durationMs",
        /// How it ended: `ok`, `error` or `skipped`.
        may status: String = "status",
        /// What came of it.
        may summary: String = "summary",
        /// What went wrong.
        may error: String = "error",
        /// The transcript of the run.
        may session_id: SessionId = "sessionId",
        /// The session of the run.
        may session_key: SessionKey = "sessionKey",
        /// When it runs next.
        may next_run_at_ms: u64 = "nextRunAtMs",
    }
}

impl CronPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(job_id: CronJobId, action: CronAction) -> Self {
        Self {
            job_id,
            action,
            job: None,
            run_at_ms: None,
            duration_ms: None,
            status: None,
            summary: None,
            error: None,
            session_id: None,
            session_key: None,
            next_run_at_ms: None,
            rest: Map::new(),
        }
    }
}

open_enum! {
    /// What happened to a job.
    pub enum CronAction {
        /// It was made.
        Added = "added",
        /// It was changed.
        Updated = "updated",
        /// A run began.
        Started = "started",
        /// A run ended.
        Finished = "finished",
        /// It was removed.
        Removed = "removed",
    }
}
