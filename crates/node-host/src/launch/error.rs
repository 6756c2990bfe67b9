//! Why a node host does not start, or runs no more.

use openclaw_config::secrets::SecretError;
use openclaw_node_client::RunError;
use openclaw_remote::TargetRefused;
use openclaw_remote::tunnel::KeeperError;

use crate::{HostError, StateError};

/// Why a node host does not start, or runs no more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// An option makes no sense.
    #[error("{0}")]
    Option(String),
    /// There is no Gateway to connect to.
    #[error(transparent)]
    Target(Box<TargetRefused>),
    /// The command that prints a secret failed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The SSH tunnel cannot be kept.
    #[error(transparent)]
    Tunnel(#[from] KeeperError),
    /// `node.json` cannot be read or written.
    #[error(transparent)]
    File(#[from] StateError),
    /// The node cannot be built.
    #[error(transparent)]
    Host(HostError),
    /// The Gateway refuses the node, and trying again is of no use.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What kind of failure it is: a program ends with another exit code for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LaunchFailure {
    /// It was asked wrongly.
    Usage,
    /// Its files or its configuration forbid it: starting again does not help.
    Config,
    /// It could not do it.
    Failure,
}

impl LaunchError {
    /// The kind of failure.
    #[must_use]
    pub const fn failure(&self) -> LaunchFailure {
        match self {
            Self::Option(_) => LaunchFailure::Usage,
            Self::Secret(_) | Self::Tunnel(_) | Self::File(_) => LaunchFailure::Config,
            Self::Target(_) | Self::Host(_) | Self::Run(_) => LaunchFailure::Failure,
        }
    }
}

impl From<HostError> for LaunchError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::State(error) => Self::File(error),
            error @ HostError::Build(_) => Self::Host(error),
        }
    }
}

impl From<TargetRefused> for LaunchError {
    fn from(error: TargetRefused) -> Self {
        Self::Target(Box::new(error))
    }
}
