//! What is asked of the agent.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use openclaw_protocol::methods::agent::AgentParams;

use super::defaults::Defaults;
use crate::cli::agent::AgentArgs;
use crate::error::CliError;

/// The largest message from a file.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What is said to the agent.
pub(super) fn message(args: &AgentArgs) -> Result<String, CliError> {
    let text = match (&args.message, &args.message_file) {
        (Some(text), _) => text.clone(),
        (None, Some(file)) => from_file(file)?,
        (None, None) => String::new(),
    };
    if text.trim().is_empty() {
        return Err(CliError::usage("the message says nothing").hint("openclaw agent --help"));
    }
    Ok(text)
}

fn from_file(file: &Path) -> Result<String, CliError> {
    let unreadable =
        |why: String| CliError::failure(format!("message not read from {}: {why}", file.display()));
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
    };
    match read {
        Err(error) => Err(unreadable(error.to_string())),
        Ok(bytes) if bytes as u64 > LARGEST => Err(unreadable("more than 4 MiB".to_owned())),
        Ok(_) => Ok(text),
    }
}

/// The params of the run. Where nobody is chosen, the Gateway's own agent is meant.
pub(super) fn params(
    args: &AgentArgs,
    message: String,
    key: String,
    limit: Duration,
    defaults: &Defaults,
) -> AgentParams {
    let chosen = [&args.to, &args.session_id, &args.session_key, &args.agent];
    let nobody = chosen.iter().all(|choice| choice.is_none());
    let agent = match &args.agent {
        None if nobody => Some(defaults.agent()),
        given => given.as_deref(),
    };
    AgentParams {
        agent_id: agent.map(Into::into),
        to: args.to.clone(),
        session_id: args.session_id.as_deref().map(Into::into),
        session_key: args.session_key.as_deref().map(Into::into),
        thinking: args.thinking.clone(),
        model: args.model.clone(),
        deliver: args.deliver.then_some(true),
        channel: args.channel.clone(),
        reply_to: args.reply_to.clone(),
        reply_channel: args.reply_channel.clone(),
        reply_account_id: args.reply_account.clone(),
        timeout: Some(whole_seconds(limit)),
        ..AgentParams::new(message, key)
    }
}

/// The wire counts seconds: a part of one counts as a whole one.
fn whole_seconds(limit: Duration) -> u64 {
    limit.as_secs() + u64::from(limit.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::super::defaults::Defaults;
    use super::{message, params};
    use crate::cli::agent::AgentArgs;
    use crate::cli::gateway::GatewayCommand;
    use crate::cli::parse::{Parsed, parse};
    use crate::cli::{Cli, Command};

    fn args(line: &str) -> AgentArgs {
        let words = std::iter::once("openclaw").chain(line.split(' '));
        let Ok(Parsed::Run(cli)) = parse(words.map(OsString::from)) else {
            panic!("a command: {line}")
        };
        match *cli {
            Cli {
                command: Command::Agent(agent),
                ..
            } => agent.args,
            Cli {
                command: Command::Gateway(GatewayCommand::Agent(args)),
                ..
            } => *args,
            other => panic!("{other:?}"),
        }
    }

    fn asked(line: &str) -> Value {
        let args = args(line);
        let limit = args.target.timeout.unwrap_or(Duration::from_secs(600));
        let text = message(&args).unwrap();
        let defaults = Defaults::new("ops", "main");
        let params = params(&args, text, "k".to_owned(), limit, &defaults);
        serde_json::to_value(params).unwrap()
    }

    #[test]
    fn every_option_has_its_member() {
        for (line, expected) in [
            (
                "agent --agent main -m hi",
                json!({ "message": "hi", "agentId": "main", "timeout": 600, "idempotencyKey": "k" }),
            ),
            (
                // The agent that the Gateway uses when none is named.
                "agent -m hi",
                json!({ "message": "hi", "agentId": "ops", "timeout": 600, "idempotencyKey": "k" }),
            ),
            (
                "agent -t +15555550123 --message hi --deliver --timeout 5",
                json!({ "message": "hi", "to": "+15555550123", "deliver": true, "timeout": 5, "idempotencyKey": "k" }),
            ),
            (
                "agent --session-key agent:main:main --message hi --thinking low --model p/m \
                 --channel telegram --reply-to 42 --reply-channel slack --reply-account work",
                json!({
                    "message": "hi", "sessionKey": "agent:main:main", "thinking": "low", "model": "p/m",
                    "channel": "telegram", "replyTo": "42", "replyChannel": "slack",
                    "replyAccountId": "work", "timeout": 600, "idempotencyKey": "k",
                }),
            ),
            (
                // Everywhere but in `openclaw agent` a timeout counts milliseconds.
                "gateway --timeout 1500 agent --session-id s --message hi",
                json!({ "message": "hi", "sessionId": "s", "timeout": 2, "idempotencyKey": "k" }),
            ),
        ] {
            assert_eq!(asked(line), expected, "{line}");
        }
    }

    #[test]
    fn a_run_needs_words() {
        let silent = args("agent --agent main --message=");
        assert_eq!(
            message(&silent).unwrap_err().message(),
            "the message says nothing"
        );
        let missing = args("agent --agent main --message-file /nonexistent/x");
        assert!(message(&missing).is_err());
    }
}
