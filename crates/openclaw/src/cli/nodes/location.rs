//! `openclaw nodes location`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::on::OnNodeArgs;
use crate::cli::amount;
use crate::cli::examples::operate as examples;

// The third word after `nodes location`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum LocationCommand {
    /// Show where a node is
    #[command(after_help = examples::NODES_LOCATION_GET)]
    Get(LocationGetArgs),
}

// Options of `nodes location get`.
#[derive(Debug, Args)]
pub(crate) struct LocationGetArgs {
    /// A place known for less than this will do: 30s, or milliseconds
    #[arg(long, value_name = "SPAN", value_parser = amount::span)]
    pub(crate) max_age: Option<Duration>,
    /// How exact: coarse, balanced or precise
    #[arg(long, value_name = "LEVEL", value_parser = ["coarse", "balanced", "precise"])]
    pub(crate) accuracy: Option<String>,
    /// How long the node may look for itself: 10s, or milliseconds
    #[arg(long, value_name = "SPAN", value_parser = amount::span, default_value = "10s")]
    pub(crate) location_timeout: Duration,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}
