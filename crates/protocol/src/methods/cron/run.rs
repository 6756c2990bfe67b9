//! `cron.run`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::id::{CronJobId, RunId};
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Runs a scheduled job at once.
///
/// Shape: `{id, mode?}` or `{jobId, mode?}` → `{ok, ran}`; since protocol 4 `{ok, enqueued,
/// runId}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for an unknown job.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum CronRun {}

impl Method for CronRun {
    const NAME: &'static str = "cron.run";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = CronRunParams;
    type Result = CronRunResult;
}

/// Params of [`CronRun`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronRunParams {
    /// The job. Either this or `jobId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CronJobId>,
    /// The job. Either this or `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<CronJobId>,
    /// Whether it must be due; absent means no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<CronRunMode>,
    /// Refuse if the Gateway was restarted. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_process_instance_id: Option<String>,
}

open_record! {
    /// Result of [`CronRun`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronRunResult {
        /// Whether it could.
        must ok: bool = "ok",
        /// Whether it ran; protocol 3 waits for it.
        may ran: bool = "ran",
        /// Whether it will run. Since protocol 4.
        may enqueued: bool = "enqueued",
        /// The run. Since protocol 4.
        may run_id: RunId = "runId",
        /// Why it did not run: `not-due`, `already-running`, `invalid-spec`, ….
        may reason: String = "reason",
    }
}

impl CronRunResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool) -> Self {
        Self {
            ok,
            ran: None,
            enqueued: None,
            run_id: None,
            reason: None,
            rest: Map::new(),
        }
    }
}

/// Which jobs run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CronRunMode {
    /// Only if it is due.
    #[serde(rename = "due")]
    Due,
    /// In any case.
    #[serde(rename = "force")]
    Force,
    /// If it is switched on. Since protocol 4.
    #[serde(rename = "if-enabled")]
    IfEnabled,
}

impl CronRunParams {
    /// The job that is meant, by either name of the member.
    #[must_use]
    pub const fn job(&self) -> Option<&CronJobId> {
        match &self.id {
            Some(id) => Some(id),
            None => self.job_id.as_ref(),
        }
    }
}
