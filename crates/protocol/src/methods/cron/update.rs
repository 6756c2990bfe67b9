//! `cron.update`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, CronJobId, SessionKey};
use crate::methods::cron::add::{CronPacing, CronTrigger};
use crate::methods::cron::delivery::CronDeliveryPatch;
use crate::methods::cron::job::CronJob;
use crate::methods::cron::payload_patch::CronPayloadPatch;
use crate::methods::cron::schedule::CronSchedule;
use crate::methods::nullable::Nullable;
use crate::methods::wake::WakeMode;
use crate::{Access, Method, Scope};

/// Changes a scheduled job.
///
/// Shape: `{id, patch}` or `{jobId, patch}` → the job.
/// Units: see the schedule.
/// Errors: `INVALID_REQUEST` for an unknown job (`details.code` `CRON_JOB_NOT_FOUND` since protocol
/// 4) and as in `cron.add`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum CronUpdate {}

impl Method for CronUpdate {
    const NAME: &'static str = "cron.update";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = CronUpdateParams;
    type Result = CronJob;
}

/// Params of [`CronUpdate`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronUpdateParams {
    /// The job. Either this or `jobId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CronJobId>,
    /// The job. Either this or `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<CronJobId>,
    /// What changes.
    pub patch: CronJobPatch,
    /// Refuse if its settings changed. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_config_revision: Option<String>,
}

impl CronUpdateParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(patch: CronJobPatch) -> Self {
        Self {
            id: None,
            job_id: None,
            patch,
            expected_config_revision: None,
        }
    }
}

/// A change of a job; `null` clears.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronJobPatch {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its name for a person. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub display_name: Nullable<String>,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub agent_id: Nullable<AgentId>,
    /// Its session. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub session_key: Nullable<SessionKey>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether it goes after its first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_after_run: Option<bool>,
    /// When it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<CronSchedule>,
    /// How far apart runs are. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub pacing: Nullable<CronPacing>,
    /// A condition. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub trigger: Nullable<CronTrigger>,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_target: Option<String>,
    /// When a queued line takes effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake_mode: Option<WakeMode>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<CronPayloadPatch>,
    /// Where the answer goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<CronDeliveryPatch>,
    /// When failures are told: `false` or a rule whose members may be `null`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub failure_alert: Nullable<Value>,
    /// How it stands, for those who move jobs between Gateways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Map<String, Value>>,
}

impl CronUpdateParams {
    /// The job that is meant, by either name of the member.
    #[must_use]
    pub const fn job(&self) -> Option<&CronJobId> {
        match &self.id {
            Some(id) => Some(id),
            None => self.job_id.as_ref(),
        }
    }
}
