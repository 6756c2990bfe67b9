//! `openclaw node`

use std::num::NonZeroU16;

use clap::{Args, Subcommand};

use super::examples;
use super::value;

/// The second word after `node`.
#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Connect this machine to a Gateway as a node, and stay connected
    #[command(after_help = examples::NODE_RUN)]
    Run(NodeRunArgs),
}

/// Options of `node run`.
#[derive(Debug, Args)]
pub(crate) struct NodeRunArgs {
    /// Host of the Gateway; without it the one of the last run, else 127.0.0.1
    #[arg(long, value_name = "HOST", value_parser = value::not_blank)]
    pub(crate) host: Option<String>,
    /// Port of the Gateway; without it the one of the last run, else 18789
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) port: Option<NonZeroU16>,
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
