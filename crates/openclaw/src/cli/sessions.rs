//! `openclaw sessions`

use clap::{Args, Subcommand};

use super::examples::operate as examples;
use super::target::TargetArgs;
use super::value;

// The second word after `sessions`. Without one, `list` is meant.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum SessionsCommand {
    /// Show the sessions of the Gateway
    #[command(after_help = examples::SESSIONS_LIST)]
    List(SessionsListArgs),
    /// Show how the last messages of a session begin
    #[command(after_help = examples::SESSIONS_PREVIEW)]
    Preview(SessionsPreviewArgs),
    /// Begin a session anew: its transcript is put away, its settings stay
    #[command(after_help = examples::SESSIONS_RESET)]
    Reset(SessionsOneArgs),
    /// Delete a session; its transcript is put away
    #[command(after_help = examples::SESSIONS_DELETE)]
    Delete(SessionsOneArgs),
}

// Which sessions to show.
#[derive(Debug, Args)]
pub(crate) struct SessionsListArgs {
    /// Only those that changed in so many minutes
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) active: Option<u64>,
    /// Only those of this agent
    #[arg(long, value_name = "AGENT", value_parser = value::not_blank)]
    pub(crate) agent: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Only those with these words
    #[arg(long, value_name = "WORDS", value_parser = value::not_blank)]
    pub(crate) search: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `sessions preview`.
#[derive(Debug, Args)]
pub(crate) struct SessionsPreviewArgs {
    /// The sessions, as `openclaw sessions list` shows their keys
    #[arg(value_name = "KEY", value_parser = value::not_blank, required = true, num_args = 1..=64)]
    pub(crate) keys: Vec<String>,
    /// At most so many messages of each
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One session.
#[derive(Debug, Args)]
pub(crate) struct SessionsOneArgs {
    /// The session, as `openclaw sessions list` shows its key
    #[arg(value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) key: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
