//! `cron.status`

use serde_json::Map;

use crate::method::NoParams;
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// How the scheduler stands.
///
/// Shape: `{}` → `{enabled, storePath, jobs, nextWakeAtMs}`.
/// Units: `nextWakeAtMs` in milliseconds since the epoch, `null` for never.
/// Errors: none of its own.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum CronStatus {}

impl Method for CronStatus {
    const NAME: &'static str = "cron.status";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = NoParams;
    type Result = CronStatusResult;
}

open_record! {
    /// Result of [`CronStatus`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronStatusResult {
        /// Whether jobs run at all.
        must enabled: bool = "enabled",
        /// Where the jobs are kept.
        must store_path: String = "storePath",
        /// How many there are.
        must jobs: u64 = "jobs",
        /// When the next job runs.
        null next_wake_at_ms: u64 = "nextWakeAtMs",
    }
}

impl CronStatusResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(enabled: bool, store_path: String, jobs: u64) -> Self {
        Self {
            enabled,
            store_path,
            jobs,
            next_wake_at_ms: Nullable::Absent,
            rest: Map::new(),
        }
    }
}
