//! `cron.list`

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, SessionKey};
use crate::methods::cron::job::CronJob;
use crate::methods::cron::sort::SortDirection;
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// The scheduled jobs.
///
/// Shape: `{includeDisabled?, …}` → `{jobs}`; since protocol 4 with the page.
/// Units: `limit` 1 to 200.
/// Errors: `UNAVAILABLE` when jobs cannot be read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum CronList {}

impl Method for CronList {
    const NAME: &'static str = "cron.list";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = CronListParams;
    type Result = CronListResult;
}

/// Params of [`CronList`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronListParams {
    /// Only jobs of this session. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// The agent of that session. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_agent_id: Option<AgentId>,
    /// Whether to show jobs that are switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_disabled: Option<bool>,
    /// Most jobs. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How many to leave out. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Words to look for. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// By their switch. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<EnabledFilter>,
    /// By their schedule. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_kind: Option<ScheduleFilter>,
    /// By their last run. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run_status: Option<LastRunFilter>,
    /// By their condition. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<TriggerFilter>,
    /// The order. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<CronSort>,
    /// Which way. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_dir: Option<SortDirection>,
    /// Only jobs of this agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Whether to leave out the larger members. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compact: Option<bool>,
    /// `false` leaves out `deliveryPreviews`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_delivery_previews: Option<bool>,
}

open_record! {
    /// Result of [`CronList`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronListResult {
        /// The jobs.
        must jobs: Vec<CronJob> = "jobs",
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
        /// Where the answers go, in words, by job. Since protocol 4.
        may delivery_previews: BTreeMap<String, Value> = "deliveryPreviews",
    }
}

impl CronListResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(jobs: Vec<CronJob>) -> Self {
        Self {
            jobs,
            total: None,
            offset: None,
            limit: None,
            has_more: None,
            next_offset: Nullable::Absent,
            delivery_previews: None,
            rest: Map::new(),
        }
    }
}

/// Which jobs a list shows by their switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EnabledFilter {
    /// All.
    #[serde(rename = "all")]
    All,
    /// Those that run.
    #[serde(rename = "enabled")]
    Enabled,
    /// Those that do not.
    #[serde(rename = "disabled")]
    Disabled,
}

/// Which jobs a list shows by their schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScheduleFilter {
    /// All.
    #[serde(rename = "all")]
    All,
    /// Those that run once.
    #[serde(rename = "at")]
    At,
    /// Those that run at the same distance.
    #[serde(rename = "every")]
    Every,
    /// Those with a cron expression.
    #[serde(rename = "cron")]
    Cron,
    /// Those that run when a program ends.
    #[serde(rename = "on-exit")]
    OnExit,
    /// Those that run when a program writes.
    #[serde(rename = "stream")]
    Stream,
}

/// Which jobs a list shows by their last run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LastRunFilter {
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
    /// Those that never ran.
    #[serde(rename = "unknown")]
    Unknown,
}

/// Which jobs a list shows by their condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TriggerFilter {
    /// All.
    #[serde(rename = "all")]
    All,
    /// Those with one.
    #[serde(rename = "conditional")]
    Conditional,
    /// Those without.
    #[serde(rename = "unconditional")]
    Unconditional,
}

/// What a list of jobs is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CronSort {
    /// The next run.
    #[serde(rename = "nextRunAtMs")]
    NextRun,
    /// The last change.
    #[serde(rename = "updatedAtMs")]
    Updated,
    /// The name.
    #[serde(rename = "name")]
    Name,
}
