//! When a job runs, from its options.

use openclaw_protocol::methods::cron::schedule::CronSchedule;

use crate::cli::amount::When;
use crate::cli::cron::JobArgs;
use crate::error::CliError;
use crate::render::time::{iso, millis};

/// The schedule, if there is one. `now` in milliseconds since the epoch.
pub(super) fn schedule(job: &JobArgs, now: u64) -> Result<Option<CronSchedule>, CliError> {
    if job.tz.is_some() && job.cron.is_none() {
        return Err(CliError::usage(
            "--tz is for --cron: dates of --at say their own offset, and --every needs none",
        ));
    }
    Ok(schedule_of(job, now))
}

fn schedule_of(job: &JobArgs, now: u64) -> Option<CronSchedule> {
    if let Some(at) = &job.at {
        let at = match at {
            When::Date(date) => date.clone(),
            When::In(ahead) => iso(now.saturating_add(millis(*ahead))),
        };
        return Some(CronSchedule::At { at });
    }
    if let Some(every) = job.every {
        return Some(CronSchedule::Every {
            every_ms: millis(every),
            anchor_ms: None,
        });
    }
    job.cron.as_ref().map(|expr| CronSchedule::Cron {
        expr: expr.clone(),
        tz: job.tz.clone(),
        stagger_ms: None,
    })
}

/// Whether the job goes after its run, if that is said.
pub(super) fn delete_after_run(job: &JobArgs) -> Option<bool> {
    match (job.delete_after_run, job.keep_after_run) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// Refuses what a line for the main session has no use for.
pub(super) fn check_event(job: &JobArgs) -> Result<(), CliError> {
    let no_use = [
        ("--model", job.model.is_some()),
        ("--thinking", job.thinking.is_some()),
        ("--timeout-seconds", job.timeout_seconds.is_some()),
        ("--announce", job.announce),
        ("--channel", job.channel.is_some()),
        ("--to", job.to.is_some()),
    ];
    match no_use.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((option, _)) => Err(CliError::usage(format!(
            "{option} is for --message; a line for the main session has no answer of its own"
        ))),
    }
}
