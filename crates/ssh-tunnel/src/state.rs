//! What a tunnel is doing.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::TunnelError;

/// The state of a tunnel, as its users see it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TunnelState {
    /// It is being set up.
    Connecting {
        /// How far it is.
        phase: Phase,
    },
    /// It stands.
    Up(Up),
    /// It does not stand at the moment.
    Down {
        /// Why.
        error: TunnelError,
        /// When it is tried again; `None` until [`crate::Tunnel::retry_now`] is called.
        retry_in: Option<Duration>,
    },
    /// It has ended for good.
    Stopped {
        /// Why, if nobody asked for it.
        error: Option<TunnelError>,
    },
}

impl TunnelState {
    /// The tunnel, if it stands.
    #[must_use]
    pub const fn up(&self) -> Option<Up> {
        match self {
            Self::Up(up) => Some(*up),
            Self::Connecting { .. } | Self::Down { .. } | Self::Stopped { .. } => None,
        }
    }
}

/// A tunnel that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Up {
    /// Its local end.
    pub local_addr: SocketAddr,
    /// The process id of `ssh`.
    pub pid: u32,
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: u64,
    /// Which tunnel of this handle it is; grows with each.
    pub generation: u64,
    /// Whether another process of this state directory runs it. Its end is then noticed within
    /// [`crate::TunnelOptions::poll`].
    pub is_shared: bool,
}

/// How far a tunnel is on its way up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Another process owns the tunnel; it is waited for.
    WaitingForOwner,
    /// The `ssh` program is looked for, and what an earlier owner left is cleared away.
    Resolving,
    /// `ssh` looks up the host and connects.
    Connecting,
    /// `ssh` checks the host key and shows ours.
    Authenticating,
    /// The server has accepted us.
    Authenticated,
    /// `ssh` listens on the local port.
    Listening,
    /// The caller's hello goes through it.
    Verifying,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WaitingForOwner => "waiting for the process that owns the tunnel",
            Self::Resolving => "looking for ssh",
            Self::Connecting => "connecting",
            Self::Authenticating => "authenticating",
            Self::Authenticated => "authenticated",
            Self::Listening => "listening",
            Self::Verifying => "saying hello",
        })
    }
}
