//! Why a socket could not be opened.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use openclaw_tls_pin::{ClientConfigError, PinMismatch};

use super::{Untrusted, UpgradeRejected};
use crate::{EdgeError, PlaintextRefused};

/// How far a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// Decided before the network was touched.
    Check,
    /// Looking up the host name.
    Resolve,
    /// The TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The WebSocket upgrade.
    Upgrade,
    /// Waiting for `connect.challenge`.
    Challenge,
    /// Waiting for the answer to `connect`.
    Hello,
}

impl Stage {
    /// A word for a log line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Upgrade => "upgrade",
            Self::Challenge => "challenge",
            Self::Hello => "hello",
        }
    }

    const fn waits_for(self) -> &'static str {
        match self {
            Self::Check | Self::Resolve => "the address of the gateway",
            Self::Connect => "a connection to the gateway",
            Self::Tls => "the TLS handshake",
            Self::Upgrade => "the WebSocket upgrade",
            Self::Challenge => "the connect challenge",
            Self::Hello => "the answer to connect",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a socket could not be opened. Texts that the originals have are kept word for word.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// Plaintext to a host where strangers may listen. No socket was opened.
    #[error(transparent)]
    Plaintext(#[from] PlaintextRefused),
    /// A pin with a `ws://` URL: it could not be checked. No socket was opened.
    #[error("gateway tls fingerprint requires wss:// gateway url")]
    PinNeedsTls,
    /// Edge headers that may not go there. No socket was opened.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// The name has no address.
    #[error("cannot look up the gateway host `{host}`: {source}")]
    Resolve {
        /// The host of the URL.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// No address accepted a connection; this is what the first one said.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// The address.
        address: SocketAddr,
        /// What the network says.
        source: io::Error,
    },
    /// There is no TLS configuration, for example because the system has no authorities.
    #[error("cannot prepare TLS: {0}")]
    TlsSetup(#[from] ClientConfigError),
    /// The system's authorities cannot be used.
    #[error("cannot use the certificate authorities of this system: {0}")]
    SystemRoots(#[source] rustls::Error),
    /// The certificate fits no pin. Not one application byte was sent.
    #[error(transparent)]
    PinMismatch(Box<PinMismatch>),
    /// No authority vouches for the certificate, or it is not for this host or time.
    #[error(transparent)]
    Untrusted(Box<Untrusted>),
    /// `wss://` to a port that speaks plaintext.
    #[error(
        "the gateway port does not speak TLS; if the gateway serves plaintext, use ws:// \
         (loopback, private networks and tailnets only)"
    )]
    NotTls,
    /// `ws://` to a port that speaks TLS.
    #[error("the gateway port speaks TLS; use wss://")]
    NeedsTls,
    /// Another failure of the TLS handshake.
    #[error("the TLS handshake failed: {0}")]
    Tls(#[source] rustls::Error),
    /// The upgrade got another HTTP answer than 101.
    #[error(transparent)]
    UpgradeRejected(Box<UpgradeRejected>),
    /// What answers is no WebSocket server.
    #[error("no WebSocket at this address: {0}")]
    NotWebSocket(&'static str),
    /// The connection was lost before the upgrade was done.
    #[error("the connection was closed during {stage}{}", why(source))]
    Dropped {
        /// How far it came.
        stage: Stage,
        /// What the network says; `None` for an orderly end.
        source: Option<io::Error>,
    },
    /// A stage took too long.
    #[error("timeout after {}ms waiting for {}", after.as_millis(), stage.waits_for())]
    Timeout {
        /// Which stage.
        stage: Stage,
        /// Its deadline.
        after: Duration,
    },
}

impl DialError {
    /// How far the connection came.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Plaintext(refused) => match refused.resolved {
                Some(_) => Stage::Resolve,
                None => Stage::Check,
            },
            Self::PinNeedsTls | Self::Edge(_) => Stage::Check,
            Self::Resolve { .. } => Stage::Resolve,
            Self::Connect { .. } => Stage::Connect,
            Self::TlsSetup(_)
            | Self::SystemRoots(_)
            | Self::PinMismatch(_)
            | Self::Untrusted(_)
            | Self::NotTls
            | Self::Tls(_) => Stage::Tls,
            Self::NeedsTls | Self::UpgradeRejected(_) | Self::NotWebSocket(_) => Stage::Upgrade,
            Self::Dropped { stage, .. } | Self::Timeout { stage, .. } => *stage,
        }
    }
}

fn why(source: &Option<io::Error>) -> String {
    source
        .as_ref()
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}
