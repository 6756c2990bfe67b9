//! `openclaw cron`

mod job;

use clap::{Args, Subcommand};

pub(crate) use job::JobArgs;

use super::examples::operate as examples;
use super::target::TargetArgs;
use super::value;

// The second word after `cron`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum CronCommand {
    /// Show the jobs
    #[command(after_help = examples::CRON_LIST)]
    List(CronListArgs),
    /// Show how the scheduler is
    #[command(after_help = examples::CRON_STATUS)]
    Status(CronStatusArgs),
    /// Add a job
    #[command(visible_alias = "create", after_help = examples::CRON_ADD)]
    Add(Box<CronAddArgs>),
    /// Change a job; what is not named stays
    #[command(after_help = examples::CRON_EDIT)]
    Edit(Box<CronEditArgs>),
    /// Remove a job
    #[command(visible_alias = "remove", after_help = examples::CRON_RM)]
    Rm(CronOneArgs),
    /// Let a job run when it is due
    #[command(after_help = examples::CRON_ENABLE)]
    Enable(CronOneArgs),
    /// Keep a job, and let it not run
    #[command(after_help = examples::CRON_DISABLE)]
    Disable(CronOneArgs),
    /// Run a job at once
    #[command(after_help = examples::CRON_RUN)]
    Run(CronRunArgs),
    /// Show the last runs of a job
    #[command(after_help = examples::CRON_RUNS)]
    Runs(CronRunsArgs),
}

// Options of `cron list`.
#[derive(Debug, Args)]
pub(crate) struct CronListArgs {
    /// Also show jobs that are switched off
    #[arg(long)]
    pub(crate) all: bool,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Nothing but a Gateway.
#[derive(Debug, Args)]
pub(crate) struct CronStatusArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `cron add`.
#[derive(Debug, Args)]
pub(crate) struct CronAddArgs {
    /// Its name
    #[arg(long, value_name = "NAME", value_parser = value::not_blank)]
    pub(crate) name: String,
    /// Add it switched off
    #[arg(long)]
    pub(crate) disabled: bool,
    /// What it is.
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `cron edit`.
#[derive(Debug, Args)]
pub(crate) struct CronEditArgs {
    /// The job, as `openclaw cron list` shows its id
    #[arg(value_name = "JOB", value_parser = value::not_blank)]
    pub(crate) id: String,
    /// Another name
    #[arg(long, value_name = "NAME", value_parser = value::not_blank)]
    pub(crate) name: Option<String>,
    /// Let it run when it is due
    #[arg(long, conflicts_with = "disable")]
    pub(crate) enable: bool,
    /// Let it not run
    #[arg(long)]
    pub(crate) disable: bool,
    /// Leave it to the agent that is used when none is named
    #[arg(long, conflicts_with = "agent")]
    pub(crate) clear_agent: bool,
    /// Count a run as failed if its answer cannot be sent
    #[arg(long, conflicts_with = "best_effort_deliver")]
    pub(crate) no_best_effort_deliver: bool,
    /// What changes.
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One job.
#[derive(Debug, Args)]
pub(crate) struct CronOneArgs {
    /// The job, as `openclaw cron list` shows its id
    #[arg(value_name = "JOB", value_parser = value::not_blank)]
    pub(crate) id: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `cron run`.
#[derive(Debug, Args)]
pub(crate) struct CronRunArgs {
    /// The job, as `openclaw cron list` shows its id
    #[arg(value_name = "JOB", value_parser = value::not_blank)]
    pub(crate) id: String,
    /// Only if it is due
    #[arg(long)]
    pub(crate) due: bool,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `cron runs`.
#[derive(Debug, Args)]
pub(crate) struct CronRunsArgs {
    /// The job, as `openclaw cron list` shows its id
    #[arg(value_name = "JOB", value_parser = value::not_blank, required_unless_present = "id")]
    pub(crate) job: Option<String>,
    /// The same as an option
    #[arg(long, value_name = "JOB", value_parser = value::not_blank, conflicts_with = "job")]
    pub(crate) id: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=5000), default_value = "50")]
    pub(crate) limit: u64,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
