//! `openclaw logs`

use std::time::Duration;

use clap::Args;

use super::target::TargetArgs;
use super::value;

// Options of `logs`.
#[derive(Debug, Args)]
pub(crate) struct LogsArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// How many lines at most
    #[arg(long, value_name = "LINES", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=5000))]
    pub(crate) limit: u64,
    /// How many bytes at most
    #[arg(long, value_name = "BYTES", default_value_t = 250_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) max_bytes: u64,
    /// Go on until interrupted
    #[arg(long)]
    pub(crate) follow: bool,
    /// How often to look, with --follow, in milliseconds
    #[arg(long, value_name = "MS", default_value = "1000", value_parser = value::interval)]
    pub(crate) interval: Duration,
    /// Print the lines of the file as they are
    #[arg(long)]
    pub(crate) plain: bool,
}
