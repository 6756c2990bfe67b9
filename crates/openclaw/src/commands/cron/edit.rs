//! `openclaw cron edit`: what is not named stays.

use openclaw_protocol::methods::cron::delivery::{CronDeliveryMode, CronDeliveryPatch};
use openclaw_protocol::methods::cron::payload_patch::{CronPayloadPatch, PayloadKind};
use openclaw_protocol::methods::cron::update::{CronJobPatch, CronUpdateParams};
use openclaw_protocol::methods::nullable::Nullable;

use super::work;
use crate::cli::cron::{CronEditArgs, JobArgs};
use crate::error::CliError;

/// The change, from its options.
pub(super) fn params(args: &CronEditArgs, now: u64) -> Result<CronUpdateParams, CliError> {
    let job = &args.job;
    let patch = CronJobPatch {
        name: args.name.clone(),
        agent_id: match &job.agent {
            Some(agent) => Nullable::Value(agent.as_str().into()),
            None if args.clear_agent => Nullable::Null,
            None => Nullable::Absent,
        },
        description: job.description.clone(),
        enabled: match (args.enable, args.disable) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        },
        delete_after_run: work::delete_after_run(job),
        schedule: work::schedule(job, now)?,
        session_target: job.session.clone(),
        wake_mode: job.wake,
        payload: payload(job)?,
        delivery: delivery(args),
        ..CronJobPatch::default()
    };
    if patch == CronJobPatch::default() {
        return Err(
            CliError::usage("nothing changes: name what is to be different")
                .hint("openclaw cron edit --help"),
        );
    }
    Ok(of(&args.id, patch))
}

/// The params of a change.
pub(super) fn of(id: &str, patch: CronJobPatch) -> CronUpdateParams {
    CronUpdateParams {
        id: Some(id.into()),
        ..CronUpdateParams::new(patch)
    }
}

fn payload(job: &JobArgs) -> Result<Option<CronPayloadPatch>, CliError> {
    if let Some(text) = &job.system_event {
        work::check_event(job)?;
        return Ok(Some(CronPayloadPatch {
            text: Some(text.clone()),
            ..CronPayloadPatch::new(PayloadKind::SystemEvent)
        }));
    }
    let patch = CronPayloadPatch {
        message: job.message.clone(),
        model: Nullable::or_absent(job.model.clone()),
        thinking: Nullable::or_absent(job.thinking.clone()),
        timeout_seconds: Nullable::or_absent(job.timeout_seconds.map(Into::into)),
        ..CronPayloadPatch::new(PayloadKind::AgentTurn)
    };
    Ok((patch != CronPayloadPatch::new(PayloadKind::AgentTurn)).then_some(patch))
}

fn delivery(args: &CronEditArgs) -> Option<CronDeliveryPatch> {
    let job = &args.job;
    let patch = CronDeliveryPatch {
        mode: match (job.announce, job.no_deliver) {
            (true, _) => Some(CronDeliveryMode::Announce),
            (false, true) => Some(CronDeliveryMode::None),
            // An address is of no use unless something is sent there.
            (false, false) if job.channel.is_some() || job.to.is_some() => {
                Some(CronDeliveryMode::Announce)
            }
            (false, false) => None,
        },
        channel: Nullable::or_absent(job.channel.clone()),
        to: Nullable::or_absent(job.to.clone()),
        best_effort: match (job.best_effort_deliver, args.no_best_effort_deliver) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        },
        ..CronDeliveryPatch::default()
    };
    (patch != CronDeliveryPatch::default()).then_some(patch)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use serde_json::{Value, json};

    use super::params;
    use crate::cli::cron::CronCommand;
    use crate::cli::parse::{Parsed, parse};
    use crate::cli::{Cli, Command};
    use crate::error::CliError;

    fn patch(line: &str) -> Result<Value, CliError> {
        let words = format!("openclaw cron edit j {line}");
        let Parsed::Run(cli) = parse(words.trim().split(' ').map(OsString::from))? else {
            panic!("a command: {words}")
        };
        let Cli {
            command: Command::Cron(CronCommand::Edit(args)),
            ..
        } = *cli
        else {
            panic!("cron edit")
        };
        let mut params = serde_json::to_value(params(&args, 0)?).unwrap();
        assert_eq!(params["id"], "j");
        Ok(params["patch"].take())
    }

    #[test]
    fn only_what_is_named_changes() {
        for (line, expected) in [
            ("--name m", json!({ "name": "m" })),
            (
                "--every 2h",
                json!({ "schedule": { "kind": "every", "everyMs": 7_200_000 } }),
            ),
            ("--disable", json!({ "enabled": false })),
            (
                "--enable --clear-agent",
                json!({ "enabled": true, "agentId": null }),
            ),
            ("--agent ops", json!({ "agentId": "ops" })),
            (
                "--message hi",
                json!({ "payload": { "kind": "agentTurn", "message": "hi" } }),
            ),
            (
                "--model m",
                json!({ "payload": { "kind": "agentTurn", "model": "m" } }),
            ),
            (
                "--system-event hi --session main",
                json!({ "sessionTarget": "main", "payload": { "kind": "systemEvent", "text": "hi" } }),
            ),
            (
                "--to 42 --no-best-effort-deliver",
                json!({ "delivery": { "mode": "announce", "to": "42", "bestEffort": false } }),
            ),
            ("--no-deliver", json!({ "delivery": { "mode": "none" } })),
        ] {
            assert_eq!(patch(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn nothing_and_contradictions_are_refused() {
        for line in [
            "",
            "--tz UTC",
            "--enable --disable",
            "--agent a --clear-agent",
            "--announce --no-deliver",
        ] {
            assert!(patch(line).is_err(), "{line}");
        }
    }
}
