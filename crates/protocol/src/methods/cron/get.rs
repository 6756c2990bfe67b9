//! `cron.get`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::CronJobId;
use crate::methods::cron::job::CronJob;
use crate::{Access, Generation, Method, Scope};

/// One scheduled job.
///
/// Shape: `{id}` or `{jobId}` → the job.
/// Units: times in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` with `details.code` `CRON_JOB_NOT_FOUND`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum CronGet {}

impl Method for CronGet {
    const NAME: &'static str = "cron.get";
    const ACCESS: Access = Access::Operator(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Params = CronGetParams;
    type Result = CronJob;
}

/// Params of [`CronGet`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronGetParams {
    /// The job. Either this or `jobId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CronJobId>,
    /// The job. Either this or `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<CronJobId>,
}

impl CronGetParams {
    /// The job that is meant, by either name of the member.
    #[must_use]
    pub const fn job(&self) -> Option<&CronJobId> {
        match &self.id {
            Some(id) => Some(id),
            None => self.job_id.as_ref(),
        }
    }
}
