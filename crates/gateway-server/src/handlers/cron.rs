//! `cron.*`

use openclaw_protocol::Generation;
use openclaw_protocol::id::CronJobId;
use openclaw_protocol::methods::cron::add::CronAdd;
use openclaw_protocol::methods::cron::get::CronGet;
use openclaw_protocol::methods::cron::list::CronList;
use openclaw_protocol::methods::cron::remove::{CronRemove, CronRemoveResult};
use openclaw_protocol::methods::cron::run::{CronRun, CronRunMode, CronRunParams, CronRunResult};
use openclaw_protocol::methods::cron::runs::CronRuns;
use openclaw_protocol::methods::cron::status::{CronStatus, CronStatusResult};
use openclaw_protocol::methods::cron::update::CronUpdate;
use openclaw_protocol::methods::nullable::Nullable;
use serde_json::json;

use crate::context::Ctx;
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::Setup;
use crate::schedule::{Agents, Asked, JobFlaw, stage};
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.later::<CronStatus, _>(|ctx, _| async move { Ok(status(&ctx).await) });
    router.later::<CronList, _>(|ctx, params| async move {
        let setup = ctx.core().runs.setup();
        let agent_of = |own: Option<&str>| agent_of(&setup, own);
        Ok(ctx
            .core()
            .schedule
            .list(&params, &agent_of, ctx.conn().generation)
            .await)
    });
    router.later::<CronGet, _>(|ctx, params| async move {
        let generation = ctx.conn().generation;
        let id = named("cron.get", params.job())?;
        let job = ctx.core().schedule.get(id, generation).await;
        job.map_err(|flaw| fault("cron.get", flaw, generation))
    });
    router.later::<CronAdd, _>(|ctx, params| async move {
        let (core, generation) = (ctx.core_arc(), ctx.conn().generation);
        let setup = core.runs.setup();
        let knows = |id: &str| setup.options.agent(id).is_some();
        let agents = Agents {
            knows: &knows,
            may_use: &|_| true,
        };
        let stage = stage(core);
        let added = core.schedule.add(&stage, params, &agents, None, generation);
        Box::pin(added)
            .await
            .map_err(|flaw| fault("cron.add", flaw, generation))
    });
    router.later::<CronUpdate, _>(|ctx, params| async move {
        let (core, generation) = (ctx.core_arc(), ctx.conn().generation);
        let id = named("cron.update", params.job())?.to_owned();
        let setup = core.runs.setup();
        let knows = |id: &str| setup.options.agent(id).is_some();
        let agents = Agents {
            knows: &knows,
            may_use: &|_| true,
        };
        let expected = params.expected_config_revision.as_deref();
        let stage = stage(core);
        let updated =
            core.schedule
                .update(&stage, &id, params.patch, expected, &agents, generation);
        Box::pin(updated)
            .await
            .map_err(|flaw| fault("cron.update", flaw, generation))
    });
    router.later::<CronRemove, _>(|ctx, params| async move {
        let (core, generation) = (ctx.core_arc(), ctx.conn().generation);
        let id = named("cron.remove", params.job())?;
        let removed = core.schedule.remove(&stage(core), id).await;
        let removed = removed.map_err(|flaw| fault("cron.remove", flaw, generation))?;
        if !removed && ctx.conn().is_v4() {
            let flaw = JobFlaw::Unknown(id.to_owned());
            return Err(fault("cron.remove", flaw, generation));
        }
        Ok(CronRemoveResult { ok: true, removed })
    });
    router.later::<CronRun, _>(|ctx, params| async move { Box::pin(run(&ctx, params)).await });
    router.later::<CronRuns, _>(|ctx, params| async move {
        let generation = ctx.conn().generation;
        let setup = ctx.core().runs.setup();
        let agent_of = |own: Option<&str>| agent_of(&setup, own);
        if !ctx.conn().is_v4() {
            named("cron.runs", params.job())?;
        }
        let has_slash = |id: &CronJobId| id.as_str().contains(['/', '\\']);
        if params.job().is_some_and(has_slash) {
            return Err(Fault::invalid(
                "invalid cron.runs params: at /id: an id has no slash",
            ));
        }
        let runs = ctx
            .core()
            .schedule
            .runs(&params, &agent_of, generation)
            .await;
        runs.map_err(|flaw| fault("cron.runs", flaw, generation))
    });
}

async fn status(ctx: &Ctx) -> CronStatusResult {
    let core = ctx.core();
    let standing = core.schedule.status().await;
    let path = view::health::store_path(core);
    let mut status = CronStatusResult::new(standing.is_enabled, path.clone(), standing.jobs);
    status.next_wake_at_ms = Nullable::or_null(standing.next_ms);
    if ctx.conn().is_v4() {
        for (name, value) in [
            ("triggersEnabled", json!(false)),
            ("storage", json!("sqlite")),
            ("sqlitePath", json!(path)),
        ] {
            status.rest.insert(name.to_owned(), value);
        }
    }
    status
}

/// Protocol 3 answers after the run, protocol 4 when it begins.
async fn run(ctx: &Ctx, params: CronRunParams) -> Result<CronRunResult, Fault> {
    let (core, conn) = (ctx.core_arc(), ctx.conn());
    let id = named("cron.run", params.job())?;
    if let Some(expected) = &params.expected_process_instance_id
        && *expected != core.boot_id
    {
        return Err(Fault::invalid(
            "the gateway was restarted meanwhile; read the job again and repeat",
        )
        .with_code("PROCESS_INSTANCE_CHANGED"));
    }
    let mode = params.mode.unwrap_or(CronRunMode::Force);
    let asked = core.schedule.run_now(&stage(core), id, mode).await;
    let asked = asked.map_err(|flaw| fault("cron.run", flaw, conn.generation))?;
    let mut result = CronRunResult::new(true);
    if conn.is_v4() {
        let instance = core.boot_id.as_str().into();
        result.rest.insert("processInstanceId".to_owned(), instance);
    }
    match asked {
        Asked::Not(reason) => {
            result.ran = Some(false);
            result.reason = Some(reason.to_owned());
        }
        Asked::Begun { run_id, .. } if conn.is_v4() => {
            result.enqueued = Some(true);
            result.run_id = Some(run_id.as_str().into());
        }
        Asked::Begun { ended, .. } => {
            // The Gateway stops, or the job was removed: the run itself is not lost.
            ended
                .await
                .map_err(|_| Fault::unavailable("the run goes on; its end will be in cron.runs"))?;
            result.ran = Some(true);
        }
    }
    Ok(result)
}

/// The job that is meant.
fn named<'a>(method: &str, job: Option<&'a CronJobId>) -> Result<&'a str, Fault> {
    let id = job.map(|id| id.as_str()).filter(|id| !id.is_empty());
    id.ok_or_else(|| {
        Fault::invalid(format!(
            "invalid {method} params: must have required property 'id'; must have required \
             property 'jobId'; must match a schema in anyOf"
        ))
    })
}

/// The agent of a job: its own, or the default one.
fn agent_of(setup: &Setup, own: Option<&str>) -> String {
    let own = own.and_then(|id| setup.options.agent(id));
    own.unwrap_or_else(|| setup.options.default_agent())
        .id
        .clone()
}

fn fault(method: &str, flaw: JobFlaw, generation: Generation) -> Fault {
    match flaw {
        JobFlaw::Unknown(id) if generation < Generation::V4 => {
            Fault::invalid(format!("unknown cron job id: {id}"))
        }
        JobFlaw::Unknown(ref id) => {
            let details = json!({ "code": "CRON_JOB_NOT_FOUND", "jobId": id });
            Fault::invalid(flaw.to_string()).with_details(details)
        }
        JobFlaw::Changed => Fault::invalid(flaw.to_string()).with_code("CONFIG_REVISION_CHANGED"),
        JobFlaw::Plan(_) | JobFlaw::Invalid(_) | JobFlaw::TooMany(_) => {
            Fault::invalid(format!("invalid {method} params: {flaw}"))
        }
        JobFlaw::Store(error) => Fault::internal("jobs cannot be kept", error),
        JobFlaw::Json(error) => Fault::internal("jobs cannot be written", error),
    }
}

/// Where lines for an agent go that name no session.
pub(super) fn main_key(core: &Core, agent: Option<&str>) -> Option<String> {
    let setup = core.runs.setup();
    let agent = match agent {
        Some(id) => setup.options.agent(id)?,
        None => setup.options.default_agent(),
    };
    Some(setup.main_key(&agent.id))
}
