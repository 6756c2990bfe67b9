//! Options of the service words of `openclaw gateway` and `openclaw node`.

use std::num::NonZeroU16;

use clap::Args;
use secrecy::SecretString;

use super::node::NodeRunArgs;
use super::value;

// Options of `gateway install`.
#[derive(Debug, Default, Args)]
pub(crate) struct GatewayInstallArgs {
    /// Port that the service listens on; without it what configuration and profile say at each start
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) port: Option<NonZeroU16>,
    /// Token that clients must know; written to the configuration, never to the service file
    #[arg(long, value_name = "TOKEN", value_parser = value::secret)]
    pub(crate) token: Option<SecretString>,
    /// Replace a service that is installed already
    #[arg(long)]
    pub(crate) force: bool,
}

// Options of `node install`.
#[derive(Debug, Args)]
pub(crate) struct NodeInstallArgs {
    /// Which Gateway, and as what.
    #[command(flatten)]
    pub(crate) run: NodeRunArgs,
    /// Replace a service that is installed already
    #[arg(long)]
    pub(crate) force: bool,
}
