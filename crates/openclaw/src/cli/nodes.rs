//! `openclaw nodes`

pub(crate) mod camera;
pub(crate) mod canvas;
pub(crate) mod location;
pub(crate) mod notify;
pub(crate) mod on;
pub(crate) mod run;
pub(crate) mod screen;

use std::time::Duration;

use clap::{Args, Subcommand};
use openclaw_protocol::Raw;

use super::examples::{self, operate};
use super::target::TargetArgs;
use super::value;

// The second word after `nodes`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum NodesCommand {
    /// Show the nodes that the Gateway knows, connected or not
    #[command(after_help = examples::NODES_STATUS)]
    Status(NodesFilterArgs),
    /// Show pending and paired nodes
    #[command(after_help = examples::NODES_LIST)]
    List(NodesFilterArgs),
    /// Show one node: who it is, what it can do
    #[command(after_help = examples::NODES_DESCRIBE)]
    Describe(NodesOneArgs),
    /// Show the nodes that wait for an approval
    #[command(after_help = examples::NODES_PENDING)]
    Pending(NodesPendingArgs),
    /// Let a node offer what it asked for
    #[command(after_help = examples::NODES_APPROVE)]
    Approve(NodesRequestArgs),
    /// Turn a node's request down
    #[command(after_help = examples::NODES_REJECT)]
    Reject(NodesRequestArgs),
    /// Forget a node; it must ask again
    #[command(after_help = examples::NODES_REMOVE)]
    Remove(NodesOneArgs),
    /// Give a node another name
    #[command(after_help = examples::NODES_RENAME)]
    Rename(NodesRenameArgs),
    /// Run one command of a node and print its answer as JSON
    #[command(after_help = examples::NODES_INVOKE)]
    Invoke(NodesInvokeArgs),
    /// Run a program on a node, as far as the node and a person allow it
    #[command(after_help = operate::NODES_RUN)]
    Run(run::NodesRunArgs),
    /// Show a notification on a node
    #[command(after_help = operate::NODES_NOTIFY)]
    Notify(notify::NodesNotifyArgs),
    /// Use the cameras of a node
    #[command(subcommand, after_help = operate::NODES_CAMERA)]
    Camera(camera::CameraCommand),
    /// Record the screen of a node
    #[command(subcommand, after_help = operate::NODES_SCREEN)]
    Screen(screen::ScreenCommand),
    /// Ask a node where it is
    #[command(subcommand, after_help = operate::NODES_LOCATION)]
    Location(location::LocationCommand),
    /// Use the canvas of a node
    #[command(subcommand, after_help = operate::NODES_CANVAS)]
    Canvas(canvas::CanvasCommand),
}

// Which nodes to show.
#[derive(Debug, Args)]
pub(crate) struct NodesFilterArgs {
    /// Only nodes that are connected
    #[arg(long)]
    pub(crate) connected: bool,
    /// Only nodes that connected within this time: 30m, 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = value::last_connected)]
    pub(crate) last_connected: Option<Duration>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One node.
#[derive(Debug, Args)]
pub(crate) struct NodesOneArgs {
    /// The node: its id, at least six characters of it, its address or its name
    #[arg(long, value_name = "NODE", value_parser = value::not_blank)]
    pub(crate) node: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Nothing but a Gateway.
#[derive(Debug, Args)]
pub(crate) struct NodesPendingArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One request.
#[derive(Debug, Args)]
pub(crate) struct NodesRequestArgs {
    /// The request, as `openclaw nodes pending` shows it
    #[arg(value_name = "REQUEST", value_parser = value::not_blank)]
    pub(crate) request: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// A node and a name.
#[derive(Debug, Args)]
pub(crate) struct NodesRenameArgs {
    /// The node: its id, at least six characters of it, its address or its name
    #[arg(long, value_name = "NODE", value_parser = value::not_blank)]
    pub(crate) node: String,
    /// The name
    #[arg(long, value_name = "NAME", value_parser = value::not_blank)]
    pub(crate) name: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// A node and a command.
#[derive(Debug, Args)]
pub(crate) struct NodesInvokeArgs {
    /// The node: its id, at least six characters of it, its address or its name
    #[arg(long, value_name = "NODE", value_parser = value::not_blank)]
    pub(crate) node: String,
    /// One of its commands, for example `system.which`
    #[arg(long, value_name = "COMMAND", value_parser = value::not_blank)]
    pub(crate) command: String,
    /// What the command takes, as JSON
    #[arg(long, value_name = "JSON", value_parser = value::params, default_value = "{}")]
    pub(crate) params: Box<Raw>,
    /// How long the command may take, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::invoke_timeout, default_value = "15000")]
    pub(crate) invoke_timeout: Duration,
    /// The node runs one command for one key; without it a random one is taken
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) idempotency_key: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
