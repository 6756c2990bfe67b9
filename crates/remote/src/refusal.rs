//! Why there is no target. Texts that the newest original has are kept word for word.

use std::path::PathBuf;

use openclaw_config::Source;
use openclaw_config::secrets::SecretError;
use openclaw_connect::{EdgeError, PlaintextRefused, UrlError};
use openclaw_ssh_tunnel::{SpecError, TargetError};
use openclaw_tls_pin::ServerCertError;

use crate::UrlSource;
use crate::known::KnownGatewaysError;
use crate::target::shown;

/// Why there is no target, or none that may be dialled. No socket was opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetRefused {
    /// A URL by hand or from the environment, and no credential of the same kind.
    #[error(
        "gateway url override requires explicit credentials\n\
         Fix: pass --token or --password with --url (or gatewayToken in tools).\n\
         {}\nConfig: {}",
        override_remedy(*from), config.display()
    )]
    UrlNeedsCredentials {
        /// Where the URL came from.
        from: UrlSource,
        /// The configuration file.
        config: PathBuf,
    },
    /// Mode `remote` without a URL.
    #[error(
        "gateway remote mode misconfigured: gateway.remote.url missing\nConfig: {}\n\
         Fix: set gateway.remote.url, or set gateway.mode=local.",
        config.display()
    )]
    RemoteUrlMissing {
        /// The configuration file.
        config: PathBuf,
    },
    /// Nothing to prove oneself with.
    #[error(
        "gateway {method} requires credentials before opening a websocket\n\
         Fix: configure gateway.auth token/password, pair this device, or pass --token/--password.{}",
        shown(config.as_deref())
    )]
    CredentialsRequired {
        /// The method that was to be called.
        method: String,
        /// The configuration file.
        config: Option<PathBuf>,
    },
    /// Plaintext to a host where strangers may listen.
    #[error(
        "{why}\nBoth credentials and chat data would be exposed to network interception.\n\
         Source: {from}{}\nFix: Use wss:// for remote gateway URLs.\n\
         Safe remote access defaults:\n\
         - keep gateway.bind=loopback and use an SSH tunnel \
         (ssh -N -L 18789:127.0.0.1:18789 user@gateway-host)\n\
         - or use Tailscale Serve/Funnel for HTTPS remote access\n\
         Break-glass (trusted private networks only): set OPENCLAW_ALLOW_INSECURE_PRIVATE_WS=1\n\
         Doctor: openclaw doctor --fix\n\
         Docs: https://docs.openclaw.ai/gateway/remote",
        shown(config.as_deref())
    )]
    Plaintext {
        /// What is wrong with the address.
        why: Box<PlaintextRefused>,
        /// Where the URL came from.
        from: UrlSource,
        /// The configuration file.
        config: Option<PathBuf>,
    },
    /// A secret is configured and unavailable, and nothing else was found.
    #[error(
        "{} is configured as a secret reference but is unavailable in this command path.\n\
         Fix: set OPENCLAW_GATEWAY_TOKEN/OPENCLAW_GATEWAY_PASSWORD, pass explicit --token/--password,\n\
         or run a gateway command path that resolves secret references before credential selection.",
        why.at()
    )]
    SecretUnavailable {
        /// What is wrong, and where.
        why: Box<SecretError>,
    },
    /// A URL that is none.
    #[error("{why}\nSource: {from}")]
    BadUrl {
        /// Where it came from.
        from: UrlSource,
        /// What is wrong.
        why: UrlError,
    },
    /// A pin that is none.
    #[error("Invalid TLS fingerprint; expected a SHA-256 certificate fingerprint.\nSource: {from}")]
    BadPin {
        /// Where it came from.
        from: Source,
        /// What is wrong.
        why: String,
    },
    /// `--port` and `--url` at once.
    #[error("--port and --url cannot be combined: --port is for the gateway on this machine")]
    PortWithUrl,
    /// `--ssh` and `--url` at once.
    #[error(
        "--ssh and --url cannot be combined: --ssh opens the tunnel and finds the address itself"
    )]
    SshWithUrl,
    /// An SSH target that is none.
    #[error("{why}\nSource: {from}")]
    SshTarget {
        /// Where it came from.
        from: Source,
        /// What is wrong.
        why: TargetError,
    },
    /// An `ssh` that is none.
    #[error("{why}\nSource: {from}\nFix: give the absolute path of an OpenSSH client.")]
    SshProgram {
        /// Where it came from.
        from: Source,
        /// What is wrong.
        why: SpecError,
    },
    /// The certificate of the Gateway on this machine is there and cannot be read.
    #[error(
        "cannot pin the certificate of the local gateway: {why}\n\
         Fix: make the certificate readable, or pass --tls-fingerprint."
    )]
    OwnCertificate {
        /// What is wrong.
        why: Box<ServerCertError>,
    },
    /// The certificates that a person trusts cannot be read: nobody else decides instead.
    #[error(transparent)]
    KnownGateways(#[from] KnownGatewaysError),
    /// An edge header that a command would have to print.
    #[error("{at} must not come from a command; use text, env or file")]
    EdgeCommand {
        /// The header's place in the configuration.
        at: String,
    },
    /// Edge headers that cannot be sent.
    #[error("gateway.remote.edgeAuth: {0}")]
    Edge(#[from] EdgeError),
}

impl TargetRefused {
    /// More than the text says: for whoever wants to know why.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        match self {
            Self::SecretUnavailable { why } => Some(why.to_string()),
            Self::BadPin { why, .. } => Some(why.clone()),
            _ => None,
        }
    }

    /// Whether nothing but a credential is missing.
    #[must_use]
    pub const fn is_missing_credential(&self) -> bool {
        matches!(
            self,
            Self::UrlNeedsCredentials { .. } | Self::CredentialsRequired { .. }
        )
    }
}

const fn override_remedy(from: UrlSource) -> &'static str {
    match from {
        UrlSource::Env => {
            "Set OPENCLAW_GATEWAY_TOKEN or OPENCLAW_GATEWAY_PASSWORD alongside OPENCLAW_GATEWAY_URL; \
             config credentials are intentionally not reused."
        }
        UrlSource::Flag
        | UrlSource::SshFlag
        | UrlSource::SshConfig
        | UrlSource::Remote
        | UrlSource::Local
        | UrlSource::Program => {
            "For the default local or SSH-tunneled Gateway, remove --url to use the configured target."
        }
    }
}
