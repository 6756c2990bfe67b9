//! `openclaw nodes camera`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::on::OnNodeArgs;
use crate::cli::amount;
use crate::cli::examples::operate as examples;
use crate::cli::value;

// The third word after `nodes camera`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum CameraCommand {
    /// Show the cameras of a node
    #[command(after_help = examples::NODES_CAMERA_LIST)]
    List(CameraListArgs),
    /// Take a photo, and print where it was put
    #[command(after_help = examples::NODES_CAMERA_SNAP)]
    Snap(CameraSnapArgs),
    /// Record a short video, and print where it was put
    #[command(after_help = examples::NODES_CAMERA_CLIP)]
    Clip(CameraClipArgs),
}

/// Which way a camera looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Facing {
    /// At the person.
    Front,
    /// Away from the person.
    Back,
}

impl Facing {
    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
        }
    }
}

// Nothing but a node.
#[derive(Debug, Args)]
pub(crate) struct CameraListArgs {
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

// Options of `nodes camera snap`.
#[derive(Debug, Args)]
pub(crate) struct CameraSnapArgs {
    /// Which way: front, back or both
    #[arg(long, value_name = "WAY", value_parser = either_or_both, default_value = "both")]
    pub(crate) facing: Sides,
    /// The camera with this id
    #[arg(long, value_name = "ID", value_parser = value::not_blank)]
    pub(crate) device_id: Option<String>,
    /// At most so many pixels wide
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_width: Option<u32>,
    /// Quality of the picture, up to 1
    #[arg(long, value_name = "NUMBER", value_parser = amount::quality)]
    pub(crate) quality: Option<f64>,
    /// Wait so many milliseconds before
    #[arg(long, value_name = "MS")]
    pub(crate) delay_ms: Option<u32>,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

// Options of `nodes camera clip`.
#[derive(Debug, Args)]
pub(crate) struct CameraClipArgs {
    /// Which way: front or back
    #[arg(long, value_name = "WAY", value_parser = either, default_value = "front")]
    pub(crate) facing: Facing,
    /// The camera with this id
    #[arg(long, value_name = "ID", value_parser = value::not_blank)]
    pub(crate) device_id: Option<String>,
    /// How long: 10s, or milliseconds
    #[arg(long, alias = "duration-ms", value_name = "SPAN", value_parser = amount::span, default_value = "3s")]
    pub(crate) duration: Duration,
    /// Record no sound
    #[arg(long)]
    pub(crate) no_audio: bool,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}

/// One or both ways a camera looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sides(pub(crate) &'static [Facing]);

fn either(text: &str) -> Result<Facing, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "front" => Ok(Facing::Front),
        "back" => Ok(Facing::Back),
        _ => Err(format!("invalid facing: {text} (expected front|back)")),
    }
}

fn either_or_both(text: &str) -> Result<Sides, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "both" => Ok(Sides(&[Facing::Front, Facing::Back])),
        "front" => Ok(Sides(&[Facing::Front])),
        "back" => Ok(Sides(&[Facing::Back])),
        _ => Err(format!("invalid facing: {text} (expected front|back|both)")),
    }
}
