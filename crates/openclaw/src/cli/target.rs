//! Which Gateway a command speaks to, and with what credentials.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;

use super::value;

// Options of every command that speaks to a Gateway.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TargetArgs {
    /// Address of the Gateway; no credential of configuration or environment is sent there
    #[arg(long, value_name = "URL", help_heading = HEADING)]
    pub(crate) url: Option<String>,
    /// Token of the Gateway (other users of this machine can see it; prefer OPENCLAW_GATEWAY_TOKEN)
    #[arg(long, value_name = "TOKEN", value_parser = value::secret, help_heading = HEADING)]
    pub(crate) token: Option<SecretString>,
    /// Password of the Gateway (as for --token; prefer OPENCLAW_GATEWAY_PASSWORD)
    #[arg(long, value_name = "PASSWORD", value_parser = value::secret, help_heading = HEADING)]
    pub(crate) password: Option<SecretString>,
    /// The Gateway of this machine on this port; with --ssh, its port on the other machine
    #[arg(long, value_name = "PORT", value_parser = value::port, conflicts_with = "url", help_heading = HEADING)]
    pub(crate) port: Option<NonZeroU16>,
    /// Reach the Gateway through SSH: user@host or user@host:port; --port is then its port over there
    #[arg(long, value_name = "TARGET", value_parser = value::not_blank, conflicts_with = "url", help_heading = HEADING)]
    pub(crate) ssh: Option<String>,
    /// Private key for --ssh; without it ssh's own configuration and agent decide
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub(crate) ssh_identity: Option<PathBuf>,
    /// SHA-256 fingerprint that the Gateway's certificate must have
    #[arg(long, value_name = "SHA256", help_heading = HEADING)]
    pub(crate) tls_fingerprint: Option<String>,
    /// How long to wait, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::timeout, help_heading = HEADING)]
    pub(crate) timeout: Option<Duration>,
}

const HEADING: &str = "Which Gateway";
