//! `openclaw system`

use clap::{Args, Subcommand};
use openclaw_protocol::methods::wake::WakeMode;

use super::examples::operate as examples;
use super::target::TargetArgs;
use super::value;

// The second word after `system`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum SystemCommand {
    /// Show who is here: the Gateway, its clients, hosts that reported themselves
    #[command(after_help = examples::SYSTEM_PRESENCE)]
    Presence(SystemAskArgs),
    /// Leave a line for the agent, and wake it now or with the next heartbeat
    #[command(after_help = examples::SYSTEM_EVENT)]
    Event(SystemEventArgs),
    /// See and switch the heartbeats of agents
    #[command(subcommand, after_help = examples::SYSTEM_HEARTBEAT)]
    Heartbeat(HeartbeatCommand),
}

// The third word after `system heartbeat`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum HeartbeatCommand {
    /// Show what came of the last heartbeat
    #[command(after_help = examples::SYSTEM_HEARTBEAT_LAST)]
    Last(SystemAskArgs),
    /// Let agents wake up by themselves
    #[command(after_help = examples::SYSTEM_HEARTBEAT_ENABLE)]
    Enable(SystemAskArgs),
    /// Let agents sleep until the Gateway starts again
    #[command(after_help = examples::SYSTEM_HEARTBEAT_DISABLE)]
    Disable(SystemAskArgs),
}

// Nothing but a Gateway.
#[derive(Debug, Args)]
pub(crate) struct SystemAskArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `system event`.
#[derive(Debug, Args)]
pub(crate) struct SystemEventArgs {
    /// The line
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank)]
    pub(crate) text: String,
    /// When the agent sees it: now or next-heartbeat
    #[arg(long, value_name = "MODE", value_parser = wake_mode, default_value = "next-heartbeat")]
    pub(crate) mode: WakeMode,
    /// The session that gets it instead of the main one (protocol 4)
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) session_key: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// `now` or `next-heartbeat`.
pub(crate) fn wake_mode(text: &str) -> Result<WakeMode, String> {
    match text.trim() {
        "now" => Ok(WakeMode::Now),
        "next-heartbeat" => Ok(WakeMode::NextHeartbeat),
        _ => Err("use now or next-heartbeat".to_owned()),
    }
}
