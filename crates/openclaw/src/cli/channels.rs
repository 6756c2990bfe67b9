//! `openclaw channels`

use clap::{Args, Subcommand};

use super::examples::operate as examples;
use super::target::TargetArgs;
use super::value;

// The second word after `channels`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum ChannelsCommand {
    /// Show how the channels of the Gateway and their accounts are
    #[command(after_help = examples::CHANNELS_STATUS)]
    Status(ChannelsStatusArgs),
    /// Show which channels and accounts the Gateway has
    #[command(after_help = examples::CHANNELS_LIST)]
    List(ChannelsListArgs),
    /// Log an account of a channel out
    #[command(after_help = examples::CHANNELS_LOGOUT)]
    Logout(ChannelsLogoutArgs),
}

// Options of `channels status`.
#[derive(Debug, Args)]
pub(crate) struct ChannelsStatusArgs {
    /// Ask the services now
    #[arg(long)]
    pub(crate) probe: bool,
    /// Only this channel
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) channel: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `channels list`.
#[derive(Debug, Args)]
pub(crate) struct ChannelsListArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `channels logout`.
#[derive(Debug, Args)]
pub(crate) struct ChannelsLogoutArgs {
    /// The channel, for example `telegram`
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) channel: String,
    /// The account; without it the one that is used when none is named
    #[arg(long, value_name = "ACCOUNT", value_parser = value::not_blank)]
    pub(crate) account: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
