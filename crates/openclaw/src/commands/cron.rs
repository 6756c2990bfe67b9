//! `openclaw cron`

mod add;
mod edit;
mod list;
mod work;

use std::time::Duration;

use openclaw_protocol::Method;
use openclaw_protocol::method::NoParams;
use openclaw_protocol::methods::cron::remove::{CronRemove, CronRemoveParams};
use openclaw_protocol::methods::cron::run::{CronRun, CronRunMode, CronRunParams};
use openclaw_protocol::methods::cron::runs::{CronRuns, CronRunsParams};
use openclaw_protocol::methods::cron::status::CronStatus;
use openclaw_protocol::methods::cron::update::{CronJobPatch, CronUpdate};

use crate::app::App;
use crate::cli::cron::CronCommand;
use crate::cli::target::TargetArgs;
use crate::clock;
use crate::commands::operator::Operator;
use crate::error::CliError;
use crate::render::field;
use crate::runtime;

/// How long a call may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How long `cron run` may take: February's Gateway answers after the run.
const RUN: Duration = Duration::from_secs(630);

/// Does what was asked. What changes a job answers with JSON, as it always did.
pub(crate) fn run(app: &App, command: CronCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    let now = clock::now_ms();
    match command {
        CronCommand::List(args) => runtime
            .block_on(list::list(app, &args))
            .map_err(labelled("cron list failed")),
        CronCommand::Status(args) => runtime
            .block_on(json::<CronStatus>(app, &args.target, &NoParams {}, LIMIT))
            .map_err(changing("cron status failed")),
        CronCommand::Add(args) => add::params(&args, now)
            .and_then(|params| runtime.block_on(add::add(app, &args.target, &params)))
            .map_err(changing("cron add failed")),
        CronCommand::Edit(args) => edit::params(&args, now)
            .and_then(|params| {
                runtime.block_on(json::<CronUpdate>(app, &args.target, &params, LIMIT))
            })
            .map_err(changing("cron edit failed")),
        CronCommand::Enable(args) => runtime
            .block_on(switch(app, &args.target, &args.id, true))
            .map_err(changing("cron enable failed")),
        CronCommand::Disable(args) => runtime
            .block_on(switch(app, &args.target, &args.id, false))
            .map_err(changing("cron disable failed")),
        CronCommand::Rm(args) => runtime
            .block_on(remove(app, &args.target, &args.id))
            .map_err(changing("cron rm failed")),
        CronCommand::Run(args) => {
            let mode = if args.due {
                CronRunMode::Due
            } else {
                CronRunMode::Force
            };
            let params = CronRunParams {
                id: Some(args.id.as_str().into()),
                mode: Some(mode),
                ..CronRunParams::default()
            };
            runtime
                .block_on(json::<CronRun>(app, &args.target, &params, RUN))
                .map_err(changing("cron run failed"))
        }
        CronCommand::Runs(args) => {
            let id = args.job.as_deref().or(args.id.as_deref());
            let params = CronRunsParams {
                id: id.map(Into::into),
                limit: Some(args.limit),
                ..CronRunsParams::default()
            };
            runtime
                .block_on(json::<CronRuns>(app, &args.target, &params, LIMIT))
                .map_err(changing("cron runs failed"))
        }
    }
}

/// Calls a method and prints its answer.
async fn json<M: Method>(
    app: &App,
    target: &TargetArgs,
    params: &M::Params,
    limit: Duration,
) -> Result<(), CliError> {
    let operator = Operator::open(app, target, M::NAME, limit).await?;
    let answer = operator.call::<M>(params).await?;
    operator.close().await;
    app.out.json(&answer)
}

async fn switch(app: &App, target: &TargetArgs, id: &str, on: bool) -> Result<(), CliError> {
    let patch = CronJobPatch {
        enabled: Some(on),
        ..CronJobPatch::default()
    };
    json::<CronUpdate>(app, target, &edit::of(id, patch), LIMIT).await
}

/// February's Gateway says of a job that it never had that nothing was removed.
async fn remove(app: &App, target: &TargetArgs, id: &str) -> Result<(), CliError> {
    let operator = Operator::open(app, target, CronRemove::NAME, LIMIT).await?;
    let params = CronRemoveParams {
        id: Some(id.into()),
        job_id: None,
    };
    let answer = operator.call::<CronRemove>(&params).await?;
    operator.close().await;
    if !field::flag(&answer, "removed") {
        return Err(
            CliError::failure(format!("there is no job {id}")).hint("openclaw cron list --all")
        );
    }
    app.out.json(&answer)
}

fn labelled(label: &'static str) -> impl Fn(CliError) -> CliError {
    move |error| error.labelled(label)
}

fn changing(label: &'static str) -> impl Fn(CliError) -> CliError {
    move |error| error.labelled(label).always_json()
}
