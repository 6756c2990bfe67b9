//! `cron.add`

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::id::{AgentId, SessionKey};
use crate::methods::cron::delivery::CronDelivery;
use crate::methods::cron::failure_alert::FailureAlert;
use crate::methods::cron::job::CronJob;
use crate::methods::cron::payload::CronJobPayload;
use crate::methods::cron::schedule::CronSchedule;
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::methods::wake::WakeMode;
use crate::{Access, Method, Scope};

/// Adds a scheduled job, or with a `declarationKey` makes sure that it is there.
///
/// Shape: `{name, schedule, sessionTarget, wakeMode, payload, …}` → the job, or `{created,
/// updated?, job}` for a declaration.
/// Units: see the schedule.
/// Errors: `INVALID_REQUEST` for a time that is over or more than ten years ahead, a payload that
/// does not fit the session.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum CronAdd {}

impl Method for CronAdd {
    const NAME: &'static str = "cron.add";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = CronAddParams;
    type Result = CronAddResult;
}

/// Params of [`CronAdd`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronAddParams {
    /// Its name; not empty.
    pub name: String,
    /// The key under which it is declared, at most 200 characters. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declaration_key: Option<String>,
    /// Its name for a person, at most 200 characters. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whose it is. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<CronOwner>,
    /// Its agent.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub agent_id: Nullable<AgentId>,
    /// Its session. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub session_key: Nullable<SessionKey>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it runs; absent means yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether it goes after its first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_after_run: Option<bool>,
    /// When it runs.
    pub schedule: CronSchedule,
    /// How far apart runs are. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing: Option<CronPacing>,
    /// A condition. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<CronTrigger>,
    /// Where it runs: `main`, `isolated`; since protocol 4 also `current` and `session:<key>`.
    pub session_target: String,
    /// When a queued line takes effect.
    pub wake_mode: WakeMode,
    /// What it does.
    pub payload: CronJobPayload,
    /// Where the answer goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<CronDelivery>,
    /// When failures are told. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_alert: Option<FailureAlert>,
}

impl CronAddParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        name: String,
        schedule: CronSchedule,
        session_target: String,
        wake_mode: WakeMode,
        payload: CronJobPayload,
    ) -> Self {
        Self {
            name,
            declaration_key: None,
            display_name: None,
            owner: None,
            agent_id: Nullable::Absent,
            session_key: Nullable::Absent,
            description: None,
            enabled: None,
            delete_after_run: None,
            schedule,
            pacing: None,
            trigger: None,
            session_target,
            wake_mode,
            payload,
            delivery: None,
            failure_alert: None,
        }
    }
}

/// Whose a job is. Since protocol 4.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CronOwner {
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

/// How far apart runs are that the job sets itself. Since protocol 4.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CronPacing {
    /// At least, `10m` for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// At most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

/// A condition that must hold. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CronTrigger {
    /// A script that says whether it does, at most 65 536 characters.
    pub script: String,
    /// Whether the job goes after it held once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<bool>,
}

impl CronTrigger {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(script: String) -> Self {
        Self { script, once: None }
    }
}

open_record! {
    /// What became of a declaration. Since protocol 4.
    #[derive(Debug, Clone, PartialEq)]
    pub struct CronDeclared {
        /// Whether the job is new.
        must created: bool = "created",
        /// Whether it was changed.
        may updated: bool = "updated",
        /// The job.
        must job: CronJob = "job",
    }
}

impl CronDeclared {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(created: bool, job: CronJob) -> Self {
        Self {
            created,
            updated: None,
            job,
            rest: Map::new(),
        }
    }
}

/// Result of [`CronAdd`].
#[derive(Debug, Clone, PartialEq)]
pub enum CronAddResult {
    /// The job.
    Job(Box<CronJob>),
    /// What became of a declaration. Since protocol 4.
    Declared(Box<CronDeclared>),
}

impl CronAddResult {
    /// The job, in either case.
    #[must_use]
    pub const fn job(&self) -> &CronJob {
        match self {
            Self::Job(job) => job,
            Self::Declared(declared) => &declared.job,
        }
    }
}

impl Serialize for CronAddResult {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Job(job) => job.serialize(s),
            Self::Declared(declared) => declared.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for CronAddResult {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let answer = Map::deserialize(d)?;
        // A job has no member `job`; a declaration always has one.
        let declared = answer.contains_key("job");
        let answer = Value::Object(answer);
        if declared {
            CronDeclared::deserialize(answer).map(|it| Self::Declared(Box::new(it)))
        } else {
            CronJob::deserialize(answer).map(|it| Self::Job(Box::new(it)))
        }
        .map_err(de::Error::custom)
    }
}

impl JsonSchema for CronAddResult {
    fn schema_name() -> Cow<'static, str> {
        "CronAddResult".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let job = generator.subschema_for::<CronJob>();
        let declared = generator.subschema_for::<CronDeclared>();
        schemars::json_schema!({ "anyOf": [job, declared] })
    }
}
