//! `openclaw tunnel`

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::examples;
use super::value;

// The second word after `tunnel`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum TunnelCommand {
    /// Open a tunnel for other programs and keep it: on one near port, through every break
    #[command(after_help = examples::TUNNEL_UP)]
    Up(TunnelUpArgs),
    /// Show the tunnels that are kept
    #[command(after_help = examples::TUNNEL_STATUS)]
    Status,
    /// End a tunnel that `tunnel up` keeps, and nothing else
    #[command(after_help = examples::TUNNEL_DOWN)]
    Down(TunnelDownArgs),
    /// Show what a tunnel in the background said
    #[command(after_help = examples::TUNNEL_LOGS)]
    Logs(TunnelLogsArgs),
    /// Make a tunnel a service of this user, and start it
    #[command(after_help = examples::TUNNEL_INSTALL)]
    Install(TunnelInstallArgs),
    /// Stop the service and remove it
    #[command(after_help = examples::TUNNEL_UNINSTALL)]
    Uninstall,
}

// Which tunnel.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TunnelTargetArgs {
    /// Where ssh connects to: user@host or user@host:port; else `gateway.remote.sshTarget`
    #[arg(long, value_name = "TARGET", value_parser = value::not_blank)]
    pub(crate) ssh: Option<String>,
    /// Port of the Gateway over there; else `gateway.remote.remotePort`, else the usual one
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) port: Option<NonZeroU16>,
}

// Which tunnel, and how it is opened.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TunnelOptionArgs {
    /// Which tunnel.
    #[command(flatten)]
    pub(crate) target: TunnelTargetArgs,
    /// Private key; without it ssh's own configuration and agent decide
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_identity: Option<PathBuf>,
    /// This near port or none; without it the usual one, or a free one where that is taken
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) local_port: Option<NonZeroU16>,
    /// SHA-256 fingerprint of the Gateway's certificate, where it speaks TLS itself
    #[arg(long, value_name = "SHA256", value_parser = value::not_blank)]
    pub(crate) tls_fingerprint: Option<String>,
}

// Options of `tunnel up`.
#[derive(Debug, Args)]
pub(crate) struct TunnelUpArgs {
    /// Which tunnel, and how.
    #[command(flatten)]
    pub(crate) tunnel: TunnelOptionArgs,
    /// Stay in the foreground and go on trying, as a service does
    #[arg(long)]
    pub(crate) foreground: bool,
    /// How long the first attempt may take, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::timeout, conflicts_with = "foreground")]
    pub(crate) timeout: Option<Duration>,
}

// Options of `tunnel install`.
#[derive(Debug, Args)]
pub(crate) struct TunnelInstallArgs {
    /// Which tunnel, and how.
    #[command(flatten)]
    pub(crate) tunnel: TunnelOptionArgs,
    /// Replace a service that is installed already
    #[arg(long)]
    pub(crate) force: bool,
}

// Options of `tunnel down`.
#[derive(Debug, Args)]
pub(crate) struct TunnelDownArgs {
    /// Which tunnel; without any option every one.
    #[command(flatten)]
    pub(crate) target: TunnelTargetArgs,
}

// Options of `tunnel logs`.
#[derive(Debug, Args)]
pub(crate) struct TunnelLogsArgs {
    /// Which tunnel.
    #[command(flatten)]
    pub(crate) target: TunnelTargetArgs,
    /// How many lines at most
    #[arg(long, value_name = "LINES", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5000))]
    pub(crate) limit: u32,
}
