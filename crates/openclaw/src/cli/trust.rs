//! `openclaw trust`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{examples, value};

// The second word after `trust`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum TrustCommand {
    /// Show every Gateway whose certificate you trust
    #[command(after_help = examples::TRUST_LIST)]
    List,
    /// Show what you trust of one Gateway, and what it presents now
    #[command(after_help = examples::TRUST_SHOW)]
    Show(TrustShowArgs),
    /// Trust a Gateway's certificate: shown and confirmed here, or named by its fingerprint
    #[command(after_help = examples::TRUST_ADD)]
    Add(TrustAddArgs),
    /// Trust a Gateway, or one of its pins, no longer
    #[command(after_help = examples::TRUST_REMOVE)]
    Remove(TrustRemoveArgs),
}

// One Gateway.
#[derive(Debug, Args)]
pub(crate) struct TrustShowArgs {
    /// The Gateway: HOST (port 18789), HOST:PORT, wss://HOST:PORT or ssh://USER@HOST/PORT
    #[arg(value_name = "HOST", value_parser = value::not_blank)]
    pub(crate) host: String,
    /// Do not ask the Gateway what it presents now
    #[arg(long)]
    pub(crate) offline: bool,
    /// How long to wait for it, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::timeout)]
    pub(crate) timeout: Option<Duration>,
}

// A Gateway and what to trust of it.
#[derive(Debug, Args)]
pub(crate) struct TrustAddArgs {
    /// The Gateway: HOST (port 18789), HOST:PORT, wss://HOST:PORT or ssh://USER@HOST/PORT
    #[arg(value_name = "HOST", value_parser = value::not_blank)]
    pub(crate) host: String,
    /// A certificate pin (`sha256:HEX`) or a key pin (`spki-sha256:HEX`), from the Gateway's machine
    #[arg(long, value_name = "PIN")]
    pub(crate) fingerprint: Option<String>,
    /// Trust every certificate for the presented one's key, so that renewals need no new pin
    #[arg(long, conflicts_with = "fingerprint")]
    pub(crate) key: bool,
    /// A note to yourself
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// How long to wait for it, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::timeout)]
    pub(crate) timeout: Option<Duration>,
}

// A Gateway, and what to trust of it no longer.
#[derive(Debug, Args)]
pub(crate) struct TrustRemoveArgs {
    /// The Gateway: HOST (port 18789), HOST:PORT, wss://HOST:PORT or ssh://USER@HOST/PORT
    #[arg(value_name = "HOST", value_parser = value::not_blank)]
    pub(crate) host: String,
    /// Only this pin, as `openclaw trust show` prints it
    #[arg(long, value_name = "PIN")]
    pub(crate) fingerprint: Option<String>,
}
