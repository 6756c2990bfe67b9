//! `openclaw security`

use std::num::NonZeroU16;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use openclaw_policy::AuthMode;
use openclaw_policy::audit::Severity;
use secrecy::SecretString;

use super::{examples, value};

// The second word after `security`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum SecurityCommand {
    /// Look for what is unsafe in configuration, files and paired devices
    #[command(after_help = examples::SECURITY_AUDIT)]
    Audit(SecurityAuditArgs),
}

// Options of `security audit`.
#[derive(Debug, Default, Args)]
pub(crate) struct SecurityAuditArgs {
    /// Also ask the running Gateway: does it refuse strangers, and where does it answer
    #[arg(long)]
    pub(crate) deep: bool,
    /// Mend what is safe to mend: modes of our own files, secrets in logs. Then look again
    #[arg(long)]
    pub(crate) fix: bool,
    /// End with exit code 1 where something this bad is left: critical or warn. Without it the code is 0
    #[arg(long, value_name = "SEVERITY", hide_possible_values = true)]
    pub(crate) fail_on: Option<FailOn>,
    /// The auth mode with which the Gateway is started, where the configuration does not say it
    #[arg(long, value_name = "MODE", value_parser = value::auth)]
    pub(crate) auth: Option<AuthMode>,
    /// The token with which it is started, and with which --deep connects (prefer OPENCLAW_GATEWAY_TOKEN)
    #[arg(long, value_name = "TOKEN", value_parser = value::secret)]
    pub(crate) token: Option<SecretString>,
    /// The password likewise (prefer OPENCLAW_GATEWAY_PASSWORD)
    #[arg(long, value_name = "PASSWORD", value_parser = value::secret)]
    pub(crate) password: Option<SecretString>,
    /// The port on which --deep finds the Gateway of this machine
    #[arg(long, value_name = "PORT", value_parser = value::port)]
    pub(crate) port: Option<NonZeroU16>,
    /// How long --deep waits for each answer, in milliseconds
    #[arg(long, value_name = "MS", value_parser = value::timeout)]
    pub(crate) timeout: Option<Duration>,
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Somebody who should not can get in.
    Critical,
    /// One further mistake is enough.
    Warn,
}

impl FailOn {
    /// Whether a report whose worst finding is this one fails.
    pub(crate) fn is_met(self, worst: Option<Severity>) -> bool {
        let limit = match self {
            Self::Critical => Severity::Critical,
            Self::Warn => Severity::Warn,
        };
        worst.is_some_and(|worst| worst <= limit)
    }
}
