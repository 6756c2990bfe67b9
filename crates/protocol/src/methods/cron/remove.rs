//! `cron.remove`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::CronJobId;
use crate::{Access, Method, Scope};

/// Removes a scheduled job.
///
/// Shape: `{id}` or `{jobId}` → `{ok, removed}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` for an unknown job in protocol 4; protocol 3 answers `removed: false`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum CronRemove {}

impl Method for CronRemove {
    const NAME: &'static str = "cron.remove";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = CronRemoveParams;
    type Result = CronRemoveResult;
}

/// Params of [`CronRemove`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronRemoveParams {
    /// The job. Either this or `jobId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CronJobId>,
    /// The job. Either this or `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<CronJobId>,
}

/// Result of [`CronRemove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CronRemoveResult {
    /// Always true.
    pub ok: bool,
    /// Whether there was one.
    pub removed: bool,
}

impl CronRemoveParams {
    /// The job that is meant, by either name of the member.
    #[must_use]
    pub const fn job(&self) -> Option<&CronJobId> {
        match &self.id {
            Some(id) => Some(id),
            None => self.job_id.as_ref(),
        }
    }
}
