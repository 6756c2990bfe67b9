//! `openclaw qr` and `openclaw dashboard`

use std::num::NonZeroU16;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use super::value;

// Options of `qr`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the original"
)]
pub(crate) struct QrArgs {
    /// Put this address into the code: wss://, https://, or ws:// in a private network
    #[arg(long, alias = "url", value_name = "URL", value_parser = value::not_blank)]
    pub(crate) public_url: Option<String>,
    /// Put `gateway.remote.url` into the code
    #[arg(long, conflicts_with = "public_url")]
    pub(crate) remote: bool,
    /// Give the device no admin rights
    #[arg(long, conflicts_with = "voice_node")]
    pub(crate) limited: bool,
    /// Give the device the rights of a voice node alone: node, read and talk
    #[arg(long)]
    pub(crate) voice_node: bool,
    /// Print the setup code and nothing else
    #[arg(long)]
    pub(crate) setup_code_only: bool,
    /// Print the code as text alone
    #[arg(long)]
    pub(crate) no_ascii: bool,
    /// Token with which this command connects (other users of this machine can see it; prefer OPENCLAW_GATEWAY_TOKEN)
    #[arg(long, value_name = "TOKEN", value_parser = value::secret)]
    pub(crate) token: Option<SecretString>,
    /// Password with which this command connects (as for --token; prefer OPENCLAW_GATEWAY_PASSWORD)
    #[arg(long, value_name = "PASSWORD", value_parser = value::secret)]
    pub(crate) password: Option<SecretString>,
    /// The Gateway of this machine on this port
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) port: Option<NonZeroU16>,
    /// How long to wait, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::timeout)]
    pub(crate) timeout: Option<Duration>,
}

// Options of `dashboard`.
#[derive(Debug, Args)]
pub(crate) struct DashboardArgs {
    /// Print the address, and open no browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// The Gateway of this machine on this port
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) port: Option<NonZeroU16>,
}
