//! `openclaw nodes notify`

use clap::Args;

use super::on::OnNodeArgs;
use crate::cli::value;

// Options of `nodes notify`.
#[derive(Debug, Args)]
pub(crate) struct NodesNotifyArgs {
    /// Title of the notification
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank, required_unless_present = "body")]
    pub(crate) title: Option<String>,
    /// Its text
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank)]
    pub(crate) body: Option<String>,
    /// Name of a sound
    #[arg(long, value_name = "NAME", value_parser = value::not_blank)]
    pub(crate) sound: Option<String>,
    /// How much it disturbs: passive, active or timeSensitive
    #[arg(long, value_name = "LEVEL", value_parser = ["passive", "active", "timeSensitive"])]
    pub(crate) priority: Option<String>,
    /// How it is shown: system, overlay or auto
    #[arg(long, value_name = "WAY", value_parser = ["system", "overlay", "auto"], default_value = "system")]
    pub(crate) delivery: String,
    /// Which node.
    #[command(flatten)]
    pub(crate) on: OnNodeArgs,
}
