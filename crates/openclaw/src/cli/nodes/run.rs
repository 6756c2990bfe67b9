//! `openclaw nodes run`

use std::time::Duration;

use clap::Args;
use openclaw_node_host::approvals::{Ask, Security};
use secrecy::SecretString;

use crate::cli::amount;
use crate::cli::target::TargetArgs;
use crate::cli::value;

// Options of `nodes run`.
#[derive(Debug, Args)]
pub(crate) struct NodesRunArgs {
    /// The program and its arguments; put them after `--`
    #[arg(
        value_name = "COMMAND",
        trailing_var_arg = true,
        required_unless_present = "raw"
    )]
    pub(crate) command: Vec<String>,
    /// A line for the shell of the node instead
    #[arg(long, value_name = "LINE", value_parser = value::not_blank, conflicts_with = "command")]
    pub(crate) raw: Option<String>,
    /// Where it runs
    #[arg(long, value_name = "DIR", value_parser = value::not_blank)]
    pub(crate) cwd: Option<String>,
    /// A variable for it: NAME=VALUE; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) env: Vec<(String, SecretString)>,
    /// How long it may run: 30s, 5m
    #[arg(long, value_name = "SPAN", value_parser = amount::span)]
    pub(crate) command_timeout: Option<Duration>,
    /// The agent whose rules hold
    #[arg(long, value_name = "AGENT", value_parser = value::not_blank, default_value = "main")]
    pub(crate) agent: String,
    /// Which commands may run: deny, allowlist or full; it only makes rules stricter
    #[arg(long, value_name = "LEVEL", value_parser = security)]
    pub(crate) security: Option<Security>,
    /// When a person is asked: off, on-miss or always; it only makes rules stricter
    #[arg(long, value_name = "MODE", value_parser = ask)]
    pub(crate) ask: Option<Ask>,
    /// Refuse where the node may not record its screen
    #[arg(long)]
    pub(crate) needs_screen_recording: bool,
    /// The node: its id, at least six characters of it, its address or its name; without it the
    /// one of `tools.exec.node` in the configuration
    #[arg(long, value_name = "NODE", value_parser = value::not_blank)]
    pub(crate) node: Option<String>,
    /// How long to wait for the answer, in milliseconds; without it 30 s, and longer where
    /// --command-timeout is
    #[arg(long, value_name = "MS", value_parser = value::invoke_timeout)]
    pub(crate) invoke_timeout: Option<Duration>,
    /// The node runs one command for one key; without it a random one is taken
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) idempotency_key: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

fn security(text: &str) -> Result<Security, String> {
    Security::parse(text).ok_or_else(|| format!("use {}", Security::WORDS))
}

fn ask(text: &str) -> Result<Ask, String> {
    Ask::parse(text).ok_or_else(|| format!("use {}", Ask::WORDS))
}

/// The value may be a secret, so a refusal repeats nothing of it.
fn variable(text: &str) -> Result<(String, SecretString), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), SecretString::from(value)))
        }
        _ => Err("use NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ask, security, variable};

    #[test]
    fn words_and_variables_are_read() {
        assert!(security("full").is_ok() && security("all").is_err());
        assert!(ask("on-miss").is_ok() && ask("never").is_err());
        let (name, value) = variable("TOKEN=hunter2=x").unwrap();
        assert_eq!(name, "TOKEN");
        assert!(!format!("{value:?}").contains("hunter2"));
        for bad in ["hunter2", "=hunter2", " =hunter2"] {
            assert!(!variable(bad).unwrap_err().contains("hunter2"));
        }
    }
}
