//! `openclaw node`

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::examples;
use super::service::NodeInstallArgs;
use super::value;

// The second word after `node`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum NodeCommand {
    /// Connect this machine to a Gateway as a node, and stay connected
    #[command(after_help = examples::NODE_RUN)]
    Run(NodeRunArgs),
    /// Make the node a service of this user, and start it
    #[command(after_help = examples::NODE_INSTALL)]
    Install(NodeInstallArgs),
    /// Stop the service and remove it; its state is kept
    #[command(after_help = examples::NODE_UNINSTALL)]
    Uninstall,
    /// Show whether the service is installed and runs
    #[command(after_help = examples::NODE_STATUS)]
    Status,
    /// Start the service
    #[command(after_help = examples::NODE_START)]
    Start,
    /// Stop the service
    #[command(after_help = examples::NODE_STOP)]
    Stop,
    /// Stop the service and start it
    #[command(after_help = examples::NODE_RESTART)]
    Restart,
}

// Options of `node run`.
#[derive(Debug, Args)]
pub(crate) struct NodeRunArgs {
    /// Host of the Gateway; without it the one of the last run, else 127.0.0.1
    #[arg(long, value_name = "HOST", value_parser = value::not_blank)]
    pub(crate) host: Option<String>,
    /// Port of the Gateway; without it the one of the last run, else 18789
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) port: Option<NonZeroU16>,
    /// Reach the Gateway through SSH: user@host or user@host:port; --port is then its port over there
    #[arg(long, value_name = "TARGET", value_parser = value::not_blank, conflicts_with_all = ["host", "tls", "no_tls"])]
    pub(crate) ssh: Option<String>,
    /// Private key for --ssh; without it ssh's own configuration and agent decide
    #[arg(long, value_name = "FILE")]
    pub(crate) ssh_identity: Option<PathBuf>,
    /// Connect with TLS
    #[arg(long, conflicts_with = "no_tls")]
    pub(crate) tls: bool,
    /// Connect without TLS although the last run used it
    #[arg(long, conflicts_with = "tls_fingerprint")]
    pub(crate) no_tls: bool,
    /// SHA-256 fingerprint that the Gateway's certificate must have; implies --tls
    #[arg(long, value_name = "SHA256", value_parser = value::not_blank)]
    pub(crate) tls_fingerprint: Option<String>,
    /// Keep this id for the node in its file
    #[arg(long, value_name = "ID", value_parser = value::not_blank)]
    pub(crate) node_id: Option<String>,
    /// Name of the node; without it the one of the last run, else this host's
    #[arg(long, value_name = "NAME", value_parser = value::not_blank)]
    pub(crate) display_name: Option<String>,
}
