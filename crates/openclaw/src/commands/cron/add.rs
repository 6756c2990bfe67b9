//! `openclaw cron add`

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::cron::add::{CronAdd, CronAddParams};
use openclaw_protocol::methods::cron::delivery::{CronDelivery, CronDeliveryMode};
use openclaw_protocol::methods::cron::payload::{
    AgentTurnPayload, CronJobPayload, SystemEventPayload,
};
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::wake::WakeMode;

use super::{LIMIT, work};
use crate::app::App;
use crate::cli::cron::{CronAddArgs, JobArgs};
use crate::cli::target::TargetArgs;
use crate::commands::operator::Operator;
use crate::error::CliError;

/// Adds the job and prints it.
pub(super) async fn add(
    app: &App,
    target: &TargetArgs,
    params: &CronAddParams,
) -> Result<(), CliError> {
    let operator = Operator::open(app, target, CronAdd::NAME, LIMIT).await?;
    let own_target = matches!(params.session_target.as_str(), "main" | "isolated");
    operator.needs_v4(&format!("--session {}", params.session_target), !own_target)?;
    let answer = operator.call::<CronAdd>(params).await?;
    operator.close().await;
    app.out.json(&answer)
}

/// The job, from its options.
pub(super) fn params(args: &CronAddArgs, now: u64) -> Result<CronAddParams, CliError> {
    let job = &args.job;
    let schedule = work::schedule(job, now)?
        .ok_or_else(|| missing("say when it runs: --at, --every or --cron"))?;
    let (payload, own_session) = payload(job)?;
    let target = job.session.as_deref().unwrap_or(own_session);
    if (target == "main") != (own_session == "main") {
        return Err(CliError::usage(format!(
            "--session {target} does not go with what it does: the main session takes \
             --system-event, any other one --message"
        )));
    }
    Ok(CronAddParams {
        agent_id: Nullable::or_absent(job.agent.as_deref().map(Into::into)),
        description: job.description.clone(),
        enabled: args.disabled.then_some(false),
        delete_after_run: work::delete_after_run(job),
        delivery: (own_session != "main").then(|| delivery(job)),
        ..CronAddParams::new(
            args.name.clone(),
            schedule,
            target.to_owned(),
            job.wake.unwrap_or(WakeMode::Now),
            payload,
        )
    })
}

/// What it does, and the session that this takes place in.
fn payload(job: &JobArgs) -> Result<(CronJobPayload, &'static str), CliError> {
    if let Some(text) = &job.system_event {
        work::check_event(job)?;
        let event = SystemEventPayload::new(text.clone());
        return Ok((CronJobPayload::SystemEvent(event), "main"));
    }
    let Some(message) = &job.message else {
        return Err(missing("say what it does: --system-event or --message"));
    };
    let turn = AgentTurnPayload {
        model: job.model.clone(),
        thinking: job.thinking.clone(),
        timeout_seconds: job.timeout_seconds.map(Into::into),
        ..AgentTurnPayload::new(message.clone())
    };
    Ok((CronJobPayload::AgentTurn(turn), "isolated"))
}

/// Both originals announce the answer of an agent unless they are told not to.
fn delivery(job: &JobArgs) -> CronDelivery {
    if job.no_deliver {
        return CronDelivery::new(CronDeliveryMode::None);
    }
    CronDelivery {
        channel: Some(job.channel.clone().unwrap_or_else(|| "last".to_owned())),
        to: job.to.clone(),
        best_effort: job.best_effort_deliver.then_some(true),
        ..CronDelivery::new(CronDeliveryMode::Announce)
    }
}

fn missing(what: &str) -> CliError {
    CliError::usage(what).hint("openclaw cron add --help")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use serde_json::{Value, json};

    use super::params;
    use crate::cli::cron::{CronAddArgs, CronCommand};
    use crate::cli::parse::{Parsed, parse};
    use crate::cli::{Cli, Command};
    use crate::error::CliError;

    fn args(line: &str) -> CronAddArgs {
        let words = format!("openclaw cron add --name n {line}");
        let Ok(Parsed::Run(cli)) = parse(words.split(' ').map(OsString::from)) else {
            panic!("a command: {words}")
        };
        let Cli {
            command: Command::Cron(CronCommand::Add(args)),
            ..
        } = *cli
        else {
            panic!("cron add")
        };
        *args
    }

    fn job(line: &str) -> Result<Value, CliError> {
        // 2026-02-02T02:40:00Z
        params(&args(line), 1_770_000_000_000).map(|params| serde_json::to_value(params).unwrap())
    }

    #[test]
    fn every_option_has_its_member() {
        for (line, expected) in [
            (
                "--every 1h --system-event hi",
                json!({
                    "name": "n", "schedule": { "kind": "every", "everyMs": 3_600_000 },
                    "sessionTarget": "main", "wakeMode": "now",
                    "payload": { "kind": "systemEvent", "text": "hi" },
                }),
            ),
            (
                "--at 20m --message hi --no-deliver --keep-after-run --disabled --agent ops",
                json!({
                    "name": "n", "schedule": { "kind": "at", "at": "2026-02-02T03:00:00.000Z" },
                    "sessionTarget": "isolated", "wakeMode": "now", "enabled": false,
                    "deleteAfterRun": false, "agentId": "ops",
                    "payload": { "kind": "agentTurn", "message": "hi" },
                    "delivery": { "mode": "none" },
                }),
            ),
            (
                "--cron 0_8 --tz Europe/Vienna --message hi --announce --channel telegram --to 42 \
                 --best-effort-deliver --model p/m --thinking low --timeout-seconds 30 \
                 --session session:x --wake next-heartbeat --delete-after-run --description d",
                json!({
                    "name": "n", "description": "d", "deleteAfterRun": true,
                    "schedule": { "kind": "cron", "expr": "0_8", "tz": "Europe/Vienna" },
                    "sessionTarget": "session:x", "wakeMode": "next-heartbeat",
                    "payload": { "kind": "agentTurn", "message": "hi", "model": "p/m", "thinking": "low", "timeoutSeconds": 30 },
                    "delivery": { "mode": "announce", "channel": "telegram", "to": "42", "bestEffort": true },
                }),
            ),
            (
                "--at 2027-01-01T00:00:00Z --message hi",
                json!({
                    "name": "n", "schedule": { "kind": "at", "at": "2027-01-01T00:00:00Z" },
                    "sessionTarget": "isolated", "wakeMode": "now",
                    "payload": { "kind": "agentTurn", "message": "hi" },
                    "delivery": { "mode": "announce", "channel": "last" },
                }),
            ),
        ] {
            assert_eq!(job(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn half_a_job_is_refused_with_the_missing_half() {
        for (line, part) in [
            ("--every 1h", "--system-event or --message"),
            ("--message hi", "--at, --every or --cron"),
            (
                "--every 1h --system-event hi --session isolated",
                "--session isolated",
            ),
            ("--every 1h --message hi --session main", "--session main"),
            (
                "--every 1h --system-event hi --announce",
                "--announce is for --message",
            ),
            ("--every 1h --tz UTC --message hi", "--tz is for --cron"),
            (
                "--every 1h --system-event hi --model m",
                "--model is for --message",
            ),
        ] {
            let error = job(line).unwrap_err();
            assert!(error.message().contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn two_schedules_or_two_payloads_are_no_command() {
        for line in [
            "openclaw cron add --name n --every 1h --at 20m --message hi",
            "openclaw cron add --name n --every 1h --message hi --system-event hi",
            "openclaw cron add --every 1h --message hi",
        ] {
            assert!(
                parse(line.split(' ').map(OsString::from)).is_err(),
                "{line}"
            );
        }
    }
}
