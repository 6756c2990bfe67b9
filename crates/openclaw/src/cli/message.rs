//! `openclaw message`, whose `send` is `openclaw gateway send` as well

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::examples::operate as examples;
use super::target::TargetArgs;
use super::value;

// The second word after `message`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum MessageCommand {
    /// Send a message through a channel of the Gateway
    #[command(after_help = examples::MESSAGE_SEND)]
    Send(Box<SendArgs>),
    /// Send a question with answers to choose from
    #[command(after_help = examples::MESSAGE_POLL)]
    Poll(Box<PollArgs>),
}

// Options of `message poll`.
#[derive(Debug, Args)]
pub(crate) struct PollArgs {
    /// Where it goes: a chat, a number, an address, as the channel has them
    #[arg(short, long, visible_alias = "to", value_name = "TARGET", value_parser = value::not_blank)]
    pub(crate) target: String,
    /// The question
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank)]
    pub(crate) poll_question: String,
    /// An answer to choose; given 2 to 12 times
    #[arg(long, value_name = "CHOICE", value_parser = value::not_blank, required = true)]
    pub(crate) poll_option: Vec<String>,
    /// Let several be chosen
    #[arg(long)]
    pub(crate) poll_multi: bool,
    /// How long it is open, in hours
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) poll_duration_hours: Option<u64>,
    /// How long it is open, in seconds (protocol 4)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=604_800), conflicts_with = "poll_duration_hours")]
    pub(crate) poll_duration_seconds: Option<u64>,
    /// Hide who chose what (protocol 4)
    #[arg(long)]
    pub(crate) poll_anonymous: bool,
    /// Show who chose what (protocol 4)
    #[arg(long, conflicts_with = "poll_anonymous")]
    pub(crate) poll_public: bool,
    /// The channel, for example `telegram`; without it the only one that the Gateway has
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) channel: Option<String>,
    /// The account that sends
    #[arg(long, value_name = "ACCOUNT", value_parser = value::not_blank)]
    pub(crate) account: Option<String>,
    /// The thread that it belongs to (protocol 4)
    #[arg(long, value_name = "THREAD", value_parser = value::not_blank)]
    pub(crate) thread_id: Option<String>,
    /// Disturb nobody (protocol 4)
    #[arg(long)]
    pub(crate) silent: bool,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// One poll for one key; without it a random one is taken
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) idempotency_key: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) gateway: TargetArgs,
}

// Options of `message send`.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// Where it goes: a chat, a number, an address, as the channel has them
    #[arg(short, long, visible_alias = "to", value_name = "TARGET", value_parser = value::not_blank)]
    pub(crate) target: String,
    /// The text
    #[arg(short, long, value_name = "TEXT", required_unless_present = "media")]
    pub(crate) message: Option<String>,
    /// A file to send: a URL, or a file of this machine; may be given several times with URLs
    #[arg(long, value_name = "FILE|URL", value_parser = value::not_blank)]
    pub(crate) media: Vec<String>,
    /// The channel, for example `telegram`; without it the only one that the Gateway has
    #[arg(long, value_name = "CHANNEL", value_parser = value::not_blank)]
    pub(crate) channel: Option<String>,
    /// The account that sends
    #[arg(long, value_name = "ACCOUNT", value_parser = value::not_blank)]
    pub(crate) account: Option<String>,
    /// The message that it answers (protocol 4)
    #[arg(long, value_name = "MESSAGE", value_parser = value::not_blank)]
    pub(crate) reply_to: Option<String>,
    /// The thread that it belongs to (protocol 4)
    #[arg(long, value_name = "THREAD", value_parser = value::not_blank)]
    pub(crate) thread_id: Option<String>,
    /// Disturb nobody (protocol 4)
    #[arg(long)]
    pub(crate) silent: bool,
    /// Send pictures as files (protocol 4)
    #[arg(long)]
    pub(crate) force_document: bool,
    /// Let a video play like a GIF
    #[arg(long)]
    pub(crate) gif_playback: bool,
    /// Buttons and more, as the channel has them: a JSON object (protocol 4)
    #[arg(long, value_name = "JSON", value_parser = object)]
    pub(crate) presentation: Option<Map<String, Value>>,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// One message for one key; without it a random one is taken
    #[arg(long, value_name = "KEY", value_parser = value::not_blank)]
    pub(crate) idempotency_key: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) gateway: TargetArgs,
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|_| "--presentation must be a JSON object.".to_owned())
}
