//! `openclaw message poll`

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::poll::{Poll, PollParams};
use serde_json::json;

use super::sent::Sent;
use super::{LIMIT, only_channel};
use crate::app::App;
use crate::cli::message::PollArgs;
use crate::commands::operator::{Operator, key};
use crate::error::CliError;
use crate::runtime;

/// How many answers a question may have.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=12;

/// Sends one poll.
pub(super) fn poll(app: &App, args: &PollArgs) -> Result<(), CliError> {
    if !OPTIONS.contains(&args.poll_option.len()) {
        return Err(CliError::usage(format!(
            "a poll has 2 to 12 answers, and {} --poll-option {} given",
            args.poll_option.len(),
            if args.poll_option.len() == 1 {
                "was"
            } else {
                "were"
            }
        ))
        .hint("openclaw message poll --help"));
    }
    let sent = Sent {
        action: "poll",
        channel: args.channel.as_deref(),
        to: &args.target,
        payload: json!({ "question": args.poll_question, "options": args.poll_option }),
    };
    if args.dry_run {
        return sent.rehearse(app);
    }
    runtime::one_shot()?.block_on(async {
        let operator = Operator::open(app, &args.gateway, Poll::NAME, LIMIT).await?;
        check(&operator, args)?;
        let channel = match &args.channel {
            Some(channel) => channel.clone(),
            None => only_channel(&operator).await?,
        };
        let params = params(args, channel.clone(), key(args.idempotency_key.as_ref()));
        let result = operator.call::<Poll>(&params).await?;
        operator.close().await;
        sent.by(&channel).show(app, &result)
    })
}

fn check(operator: &Operator, args: &PollArgs) -> Result<(), CliError> {
    for (what, is_wanted) in [
        (
            "--poll-duration-seconds",
            args.poll_duration_seconds.is_some(),
        ),
        ("--poll-anonymous", args.poll_anonymous),
        ("--poll-public", args.poll_public),
        ("--thread-id", args.thread_id.is_some()),
        ("--silent", args.silent),
    ] {
        operator.needs_v4(what, is_wanted)?;
    }
    Ok(())
}

fn params(args: &PollArgs, channel: String, key: String) -> PollParams {
    let choices = args.poll_option.len() as u64;
    PollParams {
        // Without a number one answer may be chosen.
        max_selections: args.poll_multi.then_some(choices),
        duration_seconds: args.poll_duration_seconds,
        duration_hours: args.poll_duration_hours,
        silent: args.silent.then_some(true),
        is_anonymous: match (args.poll_anonymous, args.poll_public) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        },
        thread_id: args.thread_id.clone(),
        channel: Some(channel),
        account_id: args.account.clone(),
        ..PollParams::new(
            args.target.clone(),
            args.poll_question.clone(),
            args.poll_option.clone(),
            key,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use serde_json::json;

    use super::params;
    use crate::cli::message::{MessageCommand, PollArgs};
    use crate::cli::parse::{Parsed, parse};
    use crate::cli::{Cli, Command};
    use crate::error::CliError;

    fn args(line: &str) -> Result<PollArgs, CliError> {
        let words = format!("openclaw message poll -t 42 --poll-question q {line}");
        let Parsed::Run(cli) = parse(words.trim().split(' ').map(OsString::from))? else {
            panic!("a command: {words}")
        };
        let Cli { command, .. } = *cli;
        match command {
            Command::Message(MessageCommand::Poll(args)) => Ok(*args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_option_has_its_member() {
        for (line, expected) in [
            (
                "--poll-option a --poll-option b",
                json!({ "to": "42", "question": "q", "options": ["a", "b"], "channel": "telegram", "idempotencyKey": "k" }),
            ),
            (
                "--poll-option a --poll-option b --poll-multi --poll-duration-hours 2 --account work",
                json!({
                    "to": "42", "question": "q", "options": ["a", "b"], "maxSelections": 2,
                    "durationHours": 2, "channel": "telegram", "accountId": "work", "idempotencyKey": "k",
                }),
            ),
            (
                "--poll-option a --poll-option b --poll-public --silent --thread-id 7 --poll-duration-seconds 60",
                json!({
                    "to": "42", "question": "q", "options": ["a", "b"], "isAnonymous": false, "silent": true,
                    "threadId": "7", "durationSeconds": 60, "channel": "telegram", "idempotencyKey": "k",
                }),
            ),
        ] {
            let params = params(&args(line).unwrap(), "telegram".into(), "k".into());
            assert_eq!(serde_json::to_value(params).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn contradictions_are_no_command() {
        for line in [
            "",
            "--poll-option a --poll-option b --poll-public --poll-anonymous",
            "--poll-option a --poll-option b --poll-duration-hours 1 --poll-duration-seconds 60",
            "--poll-option a --poll-option b --poll-duration-hours 0",
        ] {
            assert!(args(line).is_err(), "{line}");
        }
    }
}
