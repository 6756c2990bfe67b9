//! What every command that uses a node takes: the node, how long it may take, the Gateway.

use std::time::Duration;

use clap::Args;

use crate::cli::target::TargetArgs;
use crate::cli::value;

// One node, and how long its command may take.
#[derive(Debug, Args)]
pub(crate) struct OnNodeArgs {
    /// The node: its id, at least six characters of it, its address or its name
    #[arg(long, value_name = "NODE", value_parser = value::not_blank)]
    pub(crate) node: String,
    /// How long the command may take, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::invoke_timeout)]
    pub(crate) invoke_timeout: Option<Duration>,
    /// The node runs one command for one key; without it a random one is taken
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) idempotency_key: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
