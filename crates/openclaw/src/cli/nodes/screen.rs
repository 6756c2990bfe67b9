//! `openclaw nodes screen`

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::on::OnNodeArgs;
use crate::cli::amount;
use crate::cli::examples::operate as examples;

// The third word after `nodes screen`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum ScreenCommand {
    /// Record the screen of a node, and print where the video was put
    #[command(after_help = examples::NODES_SCREEN_RECORD)]
    Record(ScreenRecordArgs),
}

// Options of `nodes screen record`.
#[derive(Debug, Args)]
pub(crate) struct ScreenRecordArgs {
    /// Which screen; 0 is the main one
    #[arg(long, value_name = "NUMBER", default_value = "0")]
    pub(crate) screen: u32,
    /// How long: 10s, or milliseconds
    #[arg(long, value_name = "SPAN", value_parser = amount::span, default_value = "10s")]
    pub(crate) duration: Duration,
    /// Pictures a second
    #[arg(long, value_name = "NUMBER", value_parser = amount::number, default_value = "10")]
    pub(crate) fps: f64,
    /// Record no sound
    #[arg(long)]
    pub(crate) no_audio: bool,
    /// Put it into this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}
