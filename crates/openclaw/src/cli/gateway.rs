//! `openclaw gateway`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use openclaw_policy::{AuthMode, BindMode, TailscaleMode};
use openclaw_protocol::Raw;
use secrecy::SecretString;

use super::agent::AgentArgs;
use super::examples::{self, operate};
use super::message::SendArgs;
use super::service::GatewayInstallArgs;
use super::target::TargetArgs;
use super::value;

// The second word after `gateway`. Without one, `run` is meant.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum GatewayCommand {
    /// Run the Gateway in the foreground until it is told to stop
    #[command(after_help = examples::GATEWAY_RUN)]
    Run(GatewayRunArgs),
    /// Show the service, the configuration and whether the Gateway answers
    #[command(after_help = examples::GATEWAY_STATUS)]
    Status(GatewayStatusArgs),
    /// Ask the Gateway how it is
    #[command(after_help = examples::GATEWAY_HEALTH)]
    Health(GatewayHealthArgs),
    /// Try every Gateway that could be meant, and say which ones answer
    #[command(after_help = examples::GATEWAY_PROBE)]
    Probe(GatewayProbeArgs),
    /// Find Gateways on the local network and in the domain of wide-area discovery
    #[command(after_help = examples::GATEWAY_DISCOVER)]
    Discover(GatewayDiscoverArgs),
    /// Call one method of the Gateway
    #[command(after_help = examples::GATEWAY_CALL)]
    Call(GatewayCallArgs),
    /// Send a message through a channel, as `openclaw message send` does
    #[command(after_help = operate::GATEWAY_SEND)]
    Send(Box<SendArgs>),
    /// Say something to an agent, as `openclaw agent` does; --timeout counts milliseconds here
    #[command(after_help = operate::GATEWAY_AGENT)]
    Agent(Box<AgentArgs>),
    /// Make the Gateway a service of this user, and start it
    #[command(after_help = examples::GATEWAY_INSTALL)]
    Install(GatewayInstallArgs),
    /// Stop the service and remove it; its state is kept
    #[command(after_help = examples::GATEWAY_UNINSTALL)]
    Uninstall,
    /// Start the service
    #[command(after_help = examples::GATEWAY_START)]
    Start,
    /// Stop the service, or the Gateway that runs with this state in a terminal
    #[command(after_help = examples::GATEWAY_STOP)]
    Stop,
    /// Stop the service and start it
    #[command(after_help = examples::GATEWAY_RESTART)]
    Restart,
}

// Options of `gateway run`.
#[derive(Debug, Default, Args)]
pub(crate) struct GatewayRunArgs {
    /// Port to listen on; 0 takes a free one and prints it
    #[arg(long, value_name = "PORT", value_parser = value::port_or_any)]
    pub(crate) port: Option<u16>,
    /// Which addresses to listen on: loopback, lan, tailnet, auto or custom
    #[arg(long, value_name = "MODE", value_parser = value::bind)]
    pub(crate) bind: Option<BindMode>,
    /// How clients prove themselves: none, token, password or trusted-proxy
    #[arg(long, value_name = "MODE", value_parser = value::auth)]
    pub(crate) auth: Option<AuthMode>,
    /// Let Tailscale expose the Gateway: off, serve (the tailnet) or funnel (the internet)
    #[arg(long, value_name = "MODE", value_parser = value::tailscale)]
    pub(crate) tailscale: Option<TailscaleMode>,
    /// Take an older release's background route down as well when the Gateway ends
    #[arg(long)]
    pub(crate) tailscale_reset_on_exit: bool,
    /// Token that clients must know (other users of this machine can see it; prefer OPENCLAW_GATEWAY_TOKEN)
    #[arg(long, value_name = "TOKEN", value_parser = value::secret)]
    pub(crate) token: Option<SecretString>,
    /// Password that clients must know (as for --token; prefer --password-file)
    #[arg(long, value_name = "PASSWORD", value_parser = value::secret)]
    pub(crate) password: Option<SecretString>,
    /// File whose first line is that password
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    pub(crate) password_file: Option<PathBuf>,
    /// Run although the configuration does not say `gateway.mode: "local"`
    #[arg(long)]
    pub(crate) allow_unconfigured: bool,
    /// Refused: this program ends no process that it did not start
    #[arg(long)]
    pub(crate) force: bool,
    /// Say every request on stderr, as --log-level debug
    #[arg(long, conflicts_with = "log_level")]
    pub(crate) verbose: bool,
}

// Options of `gateway status`.
#[derive(Debug, Args)]
pub(crate) struct GatewayStatusArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Do not connect
    #[arg(long, conflicts_with = "require_rpc")]
    pub(crate) no_probe: bool,
    /// Also name the processes that listen on the port
    #[arg(long)]
    pub(crate) deep: bool,
    /// Fail when the Gateway does not answer
    #[arg(long)]
    pub(crate) require_rpc: bool,
}

// Options of `gateway health`.
#[derive(Debug, Args)]
pub(crate) struct GatewayHealthArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `gateway probe`.
#[derive(Debug, Args)]
pub(crate) struct GatewayProbeArgs {
    /// Which Gateway to try besides the usual ones.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    /// Where no SSH target is named, take the host of `gateway.remote.url`, else of the first Gateway
    /// that answers nearby
    #[arg(long)]
    pub(crate) ssh_auto: bool,
}

// Options of `gateway discover`.
#[derive(Debug, Args)]
pub(crate) struct GatewayDiscoverArgs {
    /// How long to listen for answers, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::timeout)]
    pub(crate) timeout: Option<Duration>,
}

// Options of `gateway call`.
#[derive(Debug, Args)]
pub(crate) struct GatewayCallArgs {
    /// Name of the method, for example `node.list`
    #[arg(value_name = "METHOD", value_parser = value::not_blank)]
    pub(crate) method: String,
    /// Params of the method, as JSON
    #[arg(long, value_name = "JSON", value_parser = value::params, default_value = "{}")]
    pub(crate) params: Box<Raw>,
    /// Wait for the second answer of a method that answers twice (`agent`)
    #[arg(long)]
    pub(crate) expect_final: bool,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
