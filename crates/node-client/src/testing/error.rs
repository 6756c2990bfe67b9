//! What goes wrong between a test and its node.

use std::time::Duration;

use crate::{BuildError, NodeError, RunError};

/// Why a test's node did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestError {
    /// The node cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The command failed, or was refused by the node.
    #[error("{0}")]
    Failed(NodeError),
    /// The node does not declare the command, so no Gateway would call it.
    #[error("the node does not offer `{command}`; it offers: {offered}")]
    NotOffered {
        /// The command.
        command: String,
        /// What it declares, with commas.
        offered: String,
    },
    /// The node is not connected; nothing was sent.
    #[error("the node is not connected")]
    NotConnected,
    /// The connection ended before the answer.
    #[error("the connection ended before the node answered")]
    Disconnected,
    /// The node said nothing.
    #[error("the node said nothing for {after:?}")]
    Silent {
        /// How long it was waited for.
        after: Duration,
    },
    /// The node sent what no Gateway takes.
    #[error("the node sent a `{method}` that no gateway takes: {reason}")]
    Malformed {
        /// The method.
        method: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The node has stopped.
    #[error("the node has stopped")]
    Stopped,
    /// The node has stopped by itself.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Something given or received is no JSON of the expected shape.
    #[error("no JSON of that shape: {0}")]
    Json(#[from] serde_json::Error),
}

impl TestError {
    /// The code of the node's answer, if it is one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Failed(error) => Some(error.code()),
            _ => None,
        }
    }
}
