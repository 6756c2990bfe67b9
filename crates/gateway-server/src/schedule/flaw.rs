//! Why a job cannot be what somebody wants it to be.

use openclaw_policy::schedule::PlanFlaw;
use openclaw_store::StoreError;

/// Why something cannot be done with a job.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobFlaw {
    /// There is no such job.
    #[error("cron job not found: {0}; `cron.list` shows those that there are")]
    Unknown(String),
    /// When it shall run.
    #[error(transparent)]
    Plan(#[from] PlanFlaw),
    /// What it shall do, or where.
    #[error("{0}")]
    Invalid(String),
    /// There are enough.
    #[error("there are {0} jobs, and no more are kept; remove some with `cron.remove`")]
    TooMany(usize),
    /// Its settings changed since the caller looked.
    #[error("the job changed meanwhile; read it again with `cron.get`")]
    Changed,
    /// It cannot be kept.
    #[error("jobs cannot be kept: {0}")]
    Store(#[from] StoreError),
    /// It cannot be written as JSON.
    #[error("the job cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl JobFlaw {
    pub(super) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(why.into())
    }
}
