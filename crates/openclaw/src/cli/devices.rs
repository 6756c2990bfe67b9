//! `openclaw devices`

use clap::{Args, Subcommand};

use super::examples;
use super::target::TargetArgs;
use super::value;

// The second word after `devices`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum DevicesCommand {
    /// Show pending requests and paired devices
    #[command(after_help = examples::DEVICES_LIST)]
    List(DevicesListArgs),
    /// Let a device in
    #[command(after_help = examples::DEVICES_APPROVE)]
    Approve(DevicesApproveArgs),
    /// Turn a device's request down
    #[command(after_help = examples::DEVICES_REJECT)]
    Reject(DevicesRequestArgs),
    /// Forget a device; its tokens end and it must ask again
    #[command(after_help = examples::DEVICES_REMOVE)]
    Remove(DevicesRemoveArgs),
    /// Give a device a new token for one of its roles and print it as JSON
    #[command(after_help = examples::DEVICES_ROTATE)]
    Rotate(DevicesRotateArgs),
    /// End a device's token for one of its roles
    #[command(after_help = examples::DEVICES_REVOKE)]
    Revoke(DevicesRoleArgs),
}

// Nothing but a Gateway.
#[derive(Debug, Args)]
pub(crate) struct DevicesListArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One request, or the newest.
#[derive(Debug, Args)]
pub(crate) struct DevicesApproveArgs {
    /// The request, as `openclaw devices list` shows it; without it the newest is shown
    #[arg(value_name = "REQUEST", value_parser = value::not_blank)]
    pub(crate) request: Option<String>,
    /// Approve the newest request
    #[arg(long, conflicts_with = "request")]
    pub(crate) latest: bool,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One request.
#[derive(Debug, Args)]
pub(crate) struct DevicesRequestArgs {
    /// The request, as `openclaw devices list` shows it
    #[arg(value_name = "REQUEST", value_parser = value::not_blank)]
    pub(crate) request: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One device.
#[derive(Debug, Args)]
pub(crate) struct DevicesRemoveArgs {
    /// The device: its id, at least six characters of it, its address or its name
    #[arg(value_name = "DEVICE", value_parser = value::not_blank)]
    pub(crate) device: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One role of a device.
#[derive(Debug, Args)]
pub(crate) struct DevicesRoleArgs {
    /// The device: its id, at least six characters of it, its address or its name
    #[arg(long, value_name = "DEVICE", value_parser = value::not_blank)]
    pub(crate) device: String,
    /// The role: operator or node
    #[arg(long, value_name = "ROLE", value_parser = value::not_blank)]
    pub(crate) role: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One role of a device, and the scopes of its new token.
#[derive(Debug, Args)]
pub(crate) struct DevicesRotateArgs {
    /// Device and role.
    #[command(flatten)]
    pub(crate) of: DevicesRoleArgs,
    /// A scope of the new token, at most what the device has; may be given several times
    #[arg(long = "scope", value_name = "SCOPE", value_parser = value::not_blank)]
    pub(crate) scopes: Vec<String>,
}
