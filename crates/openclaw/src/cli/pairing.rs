//! `openclaw pairing`: who may write to the channels. Devices are paired by `openclaw devices`.

use clap::{Args, Subcommand};

use super::examples::operate as examples;
use super::target::TargetArgs;
use super::value;

// The second word after `pairing`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum PairingCommand {
    /// Show who wrote to a channel for the first time and waits for an approval
    #[command(after_help = examples::PAIRING_LIST)]
    List(PairingListArgs),
    /// Let one of them in
    #[command(after_help = examples::PAIRING_APPROVE)]
    Approve(PairingApproveArgs),
}

// Which requests.
#[derive(Debug, Args)]
pub(crate) struct PairingListArgs {
    /// Only those of this channel, for example `telegram`
    #[arg(value_name = "CHANNEL", value_parser = value::not_blank, conflicts_with = "channel")]
    pub(crate) of: Option<String>,
    /// The same as an option
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) channel: Option<String>,
    /// Only those of this account of the channel
    #[arg(long, value_name = "ACCOUNT", value_parser = value::not_blank)]
    pub(crate) account: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One request.
#[derive(Debug, Args)]
pub(crate) struct PairingApproveArgs {
    /// The channel, if a code follows; else the code that the sender was given, or the id of the request
    #[arg(value_name = "CHANNEL|CODE", value_parser = value::not_blank)]
    pub(crate) first: String,
    /// The code that the sender was given, or the id of the request
    #[arg(value_name = "CODE", value_parser = value::not_blank, conflicts_with = "channel")]
    pub(crate) second: Option<String>,
    /// The channel as an option
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) channel: Option<String>,
    /// The account of the channel
    #[arg(long, value_name = "ACCOUNT", value_parser = value::not_blank)]
    pub(crate) account: Option<String>,
    /// Tell the sender through the channel
    #[arg(long)]
    pub(crate) notify: bool,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

impl PairingListArgs {
    /// The channel, if one is named.
    pub(crate) fn channel(&self) -> Option<&str> {
        self.of.as_deref().or(self.channel.as_deref())
    }
}

impl PairingApproveArgs {
    /// The channel, if one is named.
    pub(crate) fn channel(&self) -> Option<&str> {
        match self.second {
            Some(_) => Some(&self.first),
            None => self.channel.as_deref(),
        }
    }

    /// The code, or the id of the request.
    pub(crate) fn code(&self) -> &str {
        self.second.as_deref().unwrap_or(&self.first)
    }
}
