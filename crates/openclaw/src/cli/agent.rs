//! `openclaw agent`, which is `openclaw gateway agent` as well

use std::path::PathBuf;

use clap::{Arg, Args};

use super::amount;
use super::target::TargetArgs;
use super::value;

// Options of a run.
#[derive(Debug, Args)]
pub(crate) struct AgentArgs {
    /// What is said to the agent
    #[arg(
        short,
        long,
        value_name = "TEXT",
        required_unless_present = "message_file"
    )]
    pub(crate) message: Option<String>,
    /// File that holds what is said; `-` reads it from standard input
    #[arg(long, value_name = "FILE", conflicts_with = "message")]
    pub(crate) message_file: Option<PathBuf>,
    /// The session with this key, for example `agent:main:main`
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) session_key: Option<String>,
    /// The session with this id
    #[arg(long, value_name = "ID", value_parser = value::not_blank)]
    pub(crate) session_id: Option<String>,
    /// The session with this person: a number, an address
    #[arg(short, long, value_name = "PERSON", value_parser = value::not_blank)]
    pub(crate) to: Option<String>,
    /// The agent; where nothing is chosen, the one that the Gateway uses by itself
    #[arg(long, value_name = "AGENT", value_parser = value::not_blank)]
    pub(crate) agent: Option<String>,
    /// How much the model thinks: off, minimal, low, medium, high, …
    #[arg(long, value_name = "LEVEL", value_parser = value::not_blank)]
    pub(crate) thinking: Option<String>,
    /// Another model, for a Gateway of protocol 4
    #[arg(long, value_name = "MODEL", value_parser = value::not_blank)]
    pub(crate) model: Option<String>,
    /// Also send the reply through a channel
    #[arg(long)]
    pub(crate) deliver: bool,
    /// The channel that the session belongs to
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) channel: Option<String>,
    /// Deliver to this address instead of that of the session
    #[arg(long, value_name = "ADDRESS", value_parser = value::not_blank)]
    pub(crate) reply_to: Option<String>,
    /// Deliver through this channel
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) reply_channel: Option<String>,
    /// Deliver from this account
    #[arg(long, value_name = "ACCOUNT", value_parser = value::not_blank)]
    pub(crate) reply_account: Option<String>,
    /// Show the reply while it is written
    #[arg(long)]
    pub(crate) stream: bool,
    /// One run for one key; without it a random one is taken
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) idempotency_key: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// The same with a time in seconds: `openclaw agent`.
#[derive(Debug, Args)]
#[command(mut_arg("timeout", timeout_in_seconds))]
pub(crate) struct InSeconds {
    /// The run.
    #[command(flatten)]
    pub(crate) args: AgentArgs,
}

/// `--timeout` of `openclaw agent` counts seconds, as it always did; that of every other command
/// milliseconds.
fn timeout_in_seconds(timeout: Arg) -> Arg {
    timeout
        .value_name("SECONDS")
        .help("How long the run may take, in seconds [default: 600]")
        .value_parser(amount::seconds)
}
