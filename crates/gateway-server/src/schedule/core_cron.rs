//! The scheduler, as the agent's tool `cron` sees it.
//!
//! An agent sees and changes the jobs of its own name only.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use openclaw_agent::tool::{ToolContext, untrusted};
use openclaw_agent::tools::cron::{CronBook, CronRequest};
use openclaw_policy::session_key;
use openclaw_protocol::Generation;
use openclaw_protocol::methods::cron::add::CronAddParams;
use openclaw_protocol::methods::cron::list::CronListParams;
use openclaw_protocol::methods::cron::run::CronRunMode;
use openclaw_protocol::methods::cron::runs::CronRunsParams;
use openclaw_protocol::methods::cron::update::CronJobPatch;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::heart::Why;
use super::make::Agents;
use super::turn::Asked;
use super::{JobFlaw, stage};
use crate::clock::now_ms;
use crate::core::Core;
use crate::runs::canonical_key;

/// Characters of a line that an agent leaves for the main session.
const MAX_LINE: usize = 16 * 1024;

/// The scheduler of a Gateway, for its agents.
#[derive(Debug)]
pub(crate) struct CoreCron(Weak<Core>);

impl CoreCron {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Self(Arc::downgrade(core))
    }
}

#[async_trait]
impl CronBook for CoreCron {
    async fn cron(&self, cx: &ToolContext, request: CronRequest) -> Result<Value, String> {
        let core = self.0.upgrade().ok_or("the gateway is stopping")?;
        Box::pin(answer(&core, cx, request)).await
    }
}

fn shown(value: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

fn told(flaw: &JobFlaw) -> String {
    flaw.to_string()
}

async fn answer(core: &Arc<Core>, cx: &ToolContext, request: CronRequest) -> Result<Value, String> {
    const V4: Generation = Generation::V4;
    let setup = core.runs.setup();
    let agents = Agents {
        knows: &|id| id == cx.agent_id,
        may_use: &|key| {
            let key = canonical_key(&setup, key);
            let named = session_key::agent_of(&key);
            named.is_none_or(|id| id == cx.agent_id) && setup.agent_of(&key).id == cx.agent_id
        },
    };
    let agent_of = |own: Option<&str>| {
        let own = own.and_then(|id| setup.options.agent(id));
        own.unwrap_or_else(|| setup.options.default_agent())
            .id
            .clone()
    };
    let scheduler = &core.schedule;
    let stage = stage(core);
    match request {
        CronRequest::Status => {
            let standing = scheduler.status().await;
            Ok(json!({
                "enabled": standing.is_enabled, "jobs": standing.jobs,
                "nextWakeAtMs": standing.next_ms,
            }))
        }
        CronRequest::List { include_disabled } => {
            let params = CronListParams {
                include_disabled: Some(include_disabled),
                agent_id: Some(cx.agent_id.as_str().into()),
                limit: Some(200),
                include_delivery_previews: Some(false),
                ..CronListParams::default()
            };
            shown(&scheduler.list(&params, &agent_of, V4).await)
        }
        CronRequest::Add {
            job,
            idempotency_key,
        } => {
            let params = params(cx, job)?;
            let key = Some(idempotency_key.as_str());
            let added = scheduler.add(&stage, params, &agents, key, V4).await;
            shown(&added.map_err(|flaw| told(&flaw))?)
        }
        CronRequest::Update { id, patch } => {
            is_own(core, cx, &id, &agent_of).await?;
            let patch: CronJobPatch = serde_json::from_value(Value::Object(patch))
                .map_err(|error| format!("patch: {error}"))?;
            let job = scheduler
                .update(&stage, &id, patch, None, &agents, V4)
                .await;
            shown(&job.map_err(|flaw| told(&flaw))?)
        }
        CronRequest::Remove { id } => {
            is_own(core, cx, &id, &agent_of).await?;
            let removed = scheduler
                .remove(&stage, &id)
                .await
                .map_err(|flaw| told(&flaw))?;
            Ok(json!({ "ok": true, "removed": removed }))
        }
        CronRequest::Run { id } => {
            is_own(core, cx, &id, &agent_of).await?;
            match scheduler
                .run_now(&stage, &id, CronRunMode::Force)
                .await
                .map_err(|flaw| told(&flaw))?
            {
                Asked::Begun { run_id, .. } => {
                    Ok(json!({ "ok": true, "enqueued": true, "runId": run_id }))
                }
                Asked::Not(reason) => Ok(json!({ "ok": true, "ran": false, "reason": reason })),
            }
        }
        CronRequest::Runs { id } => {
            is_own(core, cx, &id, &agent_of).await?;
            let params = CronRunsParams {
                id: Some(id.as_str().into()),
                limit: Some(20),
                ..CronRunsParams::default()
            };
            shown(
                &scheduler
                    .runs(&params, &agent_of, V4)
                    .await
                    .map_err(|flaw| told(&flaw))?,
            )
        }
        CronRequest::Wake { text } => {
            let key = setup.main_key(&cx.agent_id);
            let text: String = text.trim().chars().take(MAX_LINE).collect();
            let line = untrusted::wrap(&format!("agent of session {}", cx.session_key), &text);
            let queued = core.home.push_system_event(&key, &line, now_ms()).await;
            queued.map_err(|error| format!("the line cannot be kept: {error}"))?;
            drop(core.heart.wake(key, Why::Asked));
            Ok(json!({ "ok": true }))
        }
        _ => Err("this gateway does not know that".to_owned()),
    }
}

/// The job that a model describes: what it left out is filled in.
fn params(cx: &ToolContext, mut job: Map<String, Value>) -> Result<CronAddParams, String> {
    let is_turn = job
        .get("payload")
        .is_some_and(|payload| payload["kind"] == "agentTurn");
    let target = if is_turn { "isolated" } else { "main" };
    // Whoever declares a job takes over the one of that name, which may be another agent's.
    if job.contains_key("declarationKey") {
        return Err("declarationKey: not for agents; a job of yours is changed with update".into());
    }
    job.entry("name").or_insert_with(|| "".into());
    job.entry("sessionTarget").or_insert_with(|| target.into());
    job.entry("wakeMode").or_insert_with(|| "now".into());
    job.entry("agentId")
        .or_insert_with(|| cx.agent_id.as_str().into());
    // Who made it is not for the model to say.
    job.insert(
        "owner".to_owned(),
        json!({ "agentId": cx.agent_id, "sessionKey": cx.session_key }),
    );
    if job["sessionTarget"] == "current" {
        job.insert("sessionKey".to_owned(), cx.session_key.as_str().into());
    }
    serde_json::from_value(Value::Object(job)).map_err(|error| format!("job: {error}"))
}

/// Whether a job is one of the agent that asks.
async fn is_own(
    core: &Core,
    cx: &ToolContext,
    id: &str,
    agent_of: &(dyn Fn(Option<&str>) -> String + Sync),
) -> Result<(), String> {
    let job = core
        .schedule
        .get(id, Generation::V4)
        .await
        .map_err(|flaw| told(&flaw))?;
    let agent = agent_of(job.agent_id.as_ref().map(|agent| agent.as_str()));
    if agent == cx.agent_id {
        return Ok(());
    }
    Err(told(&JobFlaw::Unknown(id.to_owned())))
}
