//! `cron.runs`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::id::{AgentId, CronJobId, RunId, SessionId, SessionKey};
use crate::methods::cron::sort::SortDirection;
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// The last runs of a job, or of all.
///
/// Shape: `{id, limit?}` or `{jobId, limit?}`, since protocol 4 also without either → `{entries}`;
/// since protocol 4 with the page.
/// Units: `limit` 1 to 5000 in protocol 3, 1 to 200 in protocol 4.
/// Errors: `INVALID_REQUEST` for an id with a slash.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum CronRuns {}

impl Method for CronRuns {
    const NAME: &'static str = "cron.runs";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = CronRunsParams;
    type Result = CronRunsResult;
}

/// Params of [`CronRuns`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronRunsParams {
    /// Only runs of this agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Whose runs; absent means those of the job, if one is named. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<RunsScope>,
    /// The job. Either this or `jobId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CronJobId>,
    /// The job. Either this or `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<CronJobId>,
    /// Only this run. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// Most runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How many to leave out. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// By their end, 1 to 3. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<RunOutcome>>,
    /// By their end. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<RunOutcomeFilter>,
    /// By what became of the answer, 1 to 4. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_statuses: Option<Vec<DeliveryOutcome>>,
    /// By what became of the answer. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_status: Option<DeliveryOutcome>,
    /// Words to look for. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Which way. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_dir: Option<SortDirection>,
}

open_record! {
    /// Result of [`CronRuns`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronRunsResult {
        /// The runs.
        must entries: Vec<CronRunEntry> = "entries",
        /// How many there are. Since protocol 4.
        may total: u64 = "total",
        /// How many were left out. Since protocol 4.
        may offset: u64 = "offset",
        /// How many were asked for. Since protocol 4.
        may limit: u64 = "limit",
        /// Whether more follow. Since protocol 4.
        may has_more: bool = "hasMore",
        /// The `offset` of the next page. Since protocol 4.
        null next_offset: u64 = "nextOffset",
    }
}

impl CronRunsResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(entries: Vec<CronRunEntry>) -> Self {
        Self {
            entries,
            total: None,
            offset: None,
            limit: None,
            has_more: None,
            next_offset: Nullable::Absent,
            rest: Map::new(),
        }
    }
}

/// Whose runs are listed. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunsScope {
    /// Those of one job.
    #[serde(rename = "job")]
    Job,
    /// Those of all jobs.
    #[serde(rename = "all")]
    All,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunOutcome {
    /// Well.
    #[serde(rename = "ok")]
    Ok,
    /// It failed.
    #[serde(rename = "error")]
    Error,
    /// It was skipped.
    #[serde(rename = "skipped")]
    Skipped,
}

/// Which runs are listed by their end. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunOutcomeFilter {
    /// All.
    #[serde(rename = "all")]
    All,
    /// Those that went well.
    #[serde(rename = "ok")]
    Ok,
    /// Those that failed.
    #[serde(rename = "error")]
    Error,
    /// Those that were skipped.
    #[serde(rename = "skipped")]
    Skipped,
}

/// What became of the answer. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeliveryOutcome {
    /// It was sent.
    #[serde(rename = "delivered")]
    Delivered,
    /// It could not be sent.
    #[serde(rename = "not-delivered")]
    NotDelivered,
    /// Nobody knows.
    #[serde(rename = "unknown")]
    Unknown,
    /// Nobody wanted it.
    #[serde(rename = "not-requested")]
    NotRequested,
}

open_record! {
    /// One run of a job.
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronRunEntry {
        /// When it ended, milliseconds since the epoch.
        must ts: u64 = "ts",
        /// The job.
        must job_id: CronJobId = "jobId",
        /// `finished`.
        must action: String = "action",
        /// How it ended: `ok`, `error` or `skipped`.
        may status: String = "status",
        /// What went wrong.
        may error: String = "error",
        /// What came of it.
        may summary: String = "summary",
        /// Its transcript.
        may session_id: SessionId = "sessionId",
        /// Its session.
        may session_key: SessionKey = "sessionKey",
        /// The run. Since protocol 4.
        may run_id: RunId = "runId",
        /// When it began, milliseconds since the epoch.
        may run_at_ms: u64 = "runAtMs",
        /// How long it took, milliseconds.
        may duration_ms: u64 = "durationMs",
        /// When the job runs next, milliseconds since the epoch.
        may next_run_at_ms: u64 = "nextRunAtMs",
    }
}

impl CronRunEntry {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ts: u64, job_id: CronJobId, action: String) -> Self {
        Self {
            ts,
            job_id,
            action,
            status: None,
            error: None,
            summary: None,
            session_id: None,
            session_key: None,
            run_id: None,
            run_at_ms: None,
            duration_ms: None,
            next_run_at_ms: None,
            rest: Map::new(),
        }
    }
}

impl CronRunsParams {
    /// The job that is meant, by either name of the member.
    #[must_use]
    pub const fn job(&self) -> Option<&CronJobId> {
        match &self.id {
            Some(id) => Some(id),
            None => self.job_id.as_ref(),
        }
    }
}
