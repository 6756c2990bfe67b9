//! `openclaw health` and `openclaw status`

use clap::Args;

use super::target::TargetArgs;

// Options of `health`.
#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Ask the channels now instead of showing the last snapshot
    #[arg(long, alias = "debug")]
    pub(crate) verbose: bool,
}

// Options of `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Also show credentials, certificate, exposure and nodes, and ask for the health of channels
    #[arg(long)]
    pub(crate) deep: bool,
    /// Everything there is: --deep, nodes, devices and presence
    #[arg(long)]
    pub(crate) all: bool,
}
