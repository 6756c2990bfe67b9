//! How a link is.

use std::sync::Arc;

use tokio::time::Instant;

use super::PrepareError;
use crate::{Closed, ConnectError, Session, Waiting};

/// How a link is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum LinkState {
    /// Opening the socket.
    Dialing {
        /// Which attempt since the last success, from 1.
        attempt: u32,
    },
    /// Shaking hands.
    Handshaking {
        /// Which attempt since the last success, from 1.
        attempt: u32,
    },
    /// In.
    Connected(Session),
    /// A person has something to do.
    WaitingForApproval {
        /// What.
        waiting: Waiting,
        /// What the Gateway, or the network, said.
        error: LinkError,
        /// The next attempt.
        until: Instant,
    },
    /// Waiting before the next attempt.
    Backoff {
        /// The next attempt.
        until: Instant,
        /// Why the last one ended.
        error: LinkError,
    },
    /// The end of the link.
    Stopped {
        /// Why; `None` when it was told to.
        error: Option<LinkError>,
    },
}

/// Why a link has no connection.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The attempt could not be prepared.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The attempt failed.
    #[error(transparent)]
    Connect(#[from] Arc<ConnectError>),
    /// The connection ended.
    #[error("{0}")]
    Closed(Arc<Closed>),
}
