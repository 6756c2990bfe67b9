//! `openclaw nodes canvas`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::on::OnNodeArgs;
use crate::cli::amount;
use crate::cli::examples::operate as examples;
use crate::cli::value;

// The third word after `nodes canvas`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum CanvasCommand {
    /// Show the canvas
    #[command(after_help = examples::NODES_CANVAS_PRESENT)]
    Present(CanvasPresentArgs),
    /// Hide the canvas
    #[command(after_help = examples::NODES_CANVAS_HIDE)]
    Hide(CanvasHideArgs),
    /// Let the canvas open an address
    #[command(after_help = examples::NODES_CANVAS_NAVIGATE)]
    Navigate(CanvasNavigateArgs),
    /// Run JavaScript in the canvas, and print what it says
    #[command(after_help = examples::NODES_CANVAS_EVAL)]
    Eval(CanvasEvalArgs),
    /// Take a picture of the canvas, and print where it was put
    #[command(after_help = examples::NODES_CANVAS_SNAPSHOT)]
    Snapshot(CanvasSnapshotArgs),
    /// Draw on the canvas with A2UI
    #[command(subcommand, after_help = examples::NODES_CANVAS_A2UI)]
    A2ui(A2uiCommand),
}

// The fourth word after `nodes canvas a2ui`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum A2uiCommand {
    /// Send messages of A2UI 0.8, a JSON object a line
    #[command(after_help = examples::NODES_CANVAS_A2UI_PUSH)]
    Push(A2uiPushArgs),
    /// Wipe what A2UI drew
    #[command(after_help = examples::NODES_CANVAS_A2UI_RESET)]
    Reset(CanvasHideArgs),
}

// Options of `nodes canvas present`.
#[derive(Debug, Args)]
pub(crate) struct CanvasPresentArgs {
    /// What it shows: an address or a path
    #[arg(long, value_name = "URL", value_parser = value::not_blank)]
    pub(crate) target: Option<String>,
    /// Its left edge, in pixels
    #[arg(long, value_name = "PIXELS", value_parser = amount::number, allow_negative_numbers = true)]
    pub(crate) x: Option<f64>,
    /// Its upper edge, in pixels
    #[arg(long, value_name = "PIXELS", value_parser = amount::number, allow_negative_numbers = true)]
    pub(crate) y: Option<f64>,
    /// Its width, in pixels
    #[arg(long, value_name = "PIXELS", value_parser = amount::number)]
    pub(crate) width: Option<f64>,
    /// Its height, in pixels
    #[arg(long, value_name = "PIXELS", value_parser = amount::number)]
    pub(crate) height: Option<f64>,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

// Nothing but a node.
#[derive(Debug, Args)]
pub(crate) struct CanvasHideArgs {
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

// Options of `nodes canvas navigate`.
#[derive(Debug, Args)]
pub(crate) struct CanvasNavigateArgs {
    /// The address or path
    #[arg(value_name = "ADDRESS", value_parser = value::not_blank)]
    pub(crate) address: String,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

// Options of `nodes canvas eval`.
#[derive(Debug, Args)]
pub(crate) struct CanvasEvalArgs {
    /// The JavaScript
    #[arg(value_name = "CODE", value_parser = value::not_blank, required_unless_present = "js")]
    pub(crate) code: Option<String>,
    /// The same as an option
    #[arg(long, value_name = "CODE", value_parser = value::not_blank, conflicts_with = "code")]
    pub(crate) js: Option<String>,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

// Options of `nodes canvas snapshot`.
#[derive(Debug, Args)]
pub(crate) struct CanvasSnapshotArgs {
    /// Format of the picture: jpg or png
    #[arg(long, value_name = "FORMAT", value_parser = ["jpg", "jpeg", "png"], default_value = "jpg")]
    pub(crate) format: String,
    /// At most so many pixels wide
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_width: Option<u32>,
    /// Quality of the picture, up to 1
    #[arg(long, value_name = "NUMBER", value_parser = amount::quality)]
    pub(crate) quality: Option<f64>,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

// Options of `nodes canvas a2ui push`.
#[derive(Debug, Args)]
pub(crate) struct A2uiPushArgs {
    /// File with the messages
    #[arg(long, value_name = "FILE", required_unless_present = "text")]
    pub(crate) jsonl: Option<PathBuf>,
    /// Show just this text
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank, conflicts_with = "jsonl")]
    pub(crate) text: Option<String>,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}
