//! The command line.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use openclaw_node_host::launch::LaunchOptions;

const EXAMPLES: &str = "\
Examples:
  openclaw-node
  openclaw-node --host gateway.example.net --tls
  openclaw-node --ssh user@gateway.example.net
  openclaw-node --display-name Kitchen --json

The secret of the Gateway comes from OPENCLAW_GATEWAY_TOKEN or OPENCLAW_GATEWAY_PASSWORD, or from
openclaw.json, never from an argument. After the first approval the node has a token of its own.

Exit codes: 0 told to stop, 1 refused by the Gateway, 2 used wrongly, 78 refused because of its
files or its configuration: starting again does not help.";

/// Connects this machine to an OpenClaw Gateway as a node, and stays connected.
#[derive(Debug, clap::Parser)]
#[command(name = "openclaw-node", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Host of the Gateway; without it the one of the last run, else 127.0.0.1
    #[arg(long, value_name = "HOST", value_parser = NonEmptyStringValueParser::new())]
    host: Option<String>,
    /// Port of the Gateway; without it the one of the last run, else 18789
    #[arg(long, value_name = "PORT")]
    port: Option<NonZeroU16>,
    /// Reach the Gateway through SSH: user@host or user@host:port; --port is then its port over there
    #[arg(long, value_name = "TARGET", conflicts_with_all = ["host", "tls", "no_tls"])]
    ssh: Option<String>,
    /// Private key for --ssh; without it ssh's own configuration and agent decide
    #[arg(long, value_name = "FILE")]
    ssh_identity: Option<PathBuf>,
    /// Connect with TLS
    #[arg(long, conflicts_with = "no_tls")]
    tls: bool,
    /// Connect without TLS although the last run used it
    #[arg(long, conflicts_with = "tls_fingerprint")]
    no_tls: bool,
    /// SHA-256 fingerprint that the Gateway's certificate must have; implies --tls
    #[arg(long, value_name = "SHA256")]
    tls_fingerprint: Option<String>,
    /// Keep this id for the node in its file
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    node_id: Option<String>,
    /// Name of the node; without it the one of the last run, else this host's
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    display_name: Option<String>,
    /// Use the state and configuration of this profile
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Say what happens as JSON, one object a line on stdout
    #[arg(long)]
    pub(crate) json: bool,
    /// Log everything on stderr
    #[arg(long)]
    pub(crate) verbose: bool,
}

impl From<Args> for LaunchOptions {
    fn from(args: Args) -> Self {
        Self {
            host: args.host,
            port: args.port,
            ssh: args.ssh,
            ssh_identity: args.ssh_identity,
            tls: args.tls,
            no_tls: args.no_tls,
            tls_fingerprint: args.tls_fingerprint,
            node_id: args.node_id,
            display_name: args.display_name,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::Args;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        for line in [
            "openclaw-node --ssh u@h --host g",
            "openclaw-node --tls --no-tls",
            "openclaw-node --port 0",
            "openclaw-node --display-name=",
            "openclaw-node run",
        ] {
            assert!(Args::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
        let args = Args::try_parse_from("openclaw-node --host g --tls --port 1".split(' '));
        assert!(args.is_ok());
    }
}
