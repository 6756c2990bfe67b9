//! Why a call failed.

use std::sync::Arc;
use std::time::Duration;

use openclaw_protocol::ErrorShape;

use crate::Closed;

/// Why a call failed. Texts that the originals have are kept word for word.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The Gateway answered with an error.
    #[error("{0}")]
    Refused(Box<ErrorShape>),
    /// No answer came in time. A late one is ignored.
    #[error("gateway timeout after {}ms", after.as_millis())]
    Timeout {
        /// The method.
        method: Box<str>,
        /// How long the answer was waited for.
        after: Duration,
        /// Whether the request was written: then the Gateway may have acted, or still act.
        sent: bool,
    },
    /// The connection ended before the answer came.
    #[error(
        "{closed}{}",
        if *sent { "; the request was sent and its outcome is unknown, verify before retrying" }
        else { "" }
    )]
    Disconnected {
        /// The method.
        method: Box<str>,
        /// How the connection ended.
        closed: Arc<Closed>,
        /// Whether the request was written: then the Gateway may have acted.
        sent: bool,
    },
    /// The request is larger than the Gateway takes. It was not sent.
    #[error("the request `{method}` has {bytes} bytes, the gateway takes at most {limit}")]
    TooLarge {
        /// The method.
        method: Box<str>,
        /// Size of the frame.
        bytes: usize,
        /// `policy.maxPayload` of the Gateway.
        limit: usize,
    },
    /// The params cannot be written as JSON. Nothing was sent.
    #[error("the params of `{method}` cannot be written as JSON: {source}")]
    Params {
        /// The method.
        method: Box<str>,
        /// What the writer says.
        source: Arc<serde_json::Error>,
    },
    /// The Gateway answered with something else than the method's result.
    #[error("the gateway's answer to `{method}` cannot be read: {source}")]
    Answer {
        /// The method.
        method: Box<str>,
        /// What the reader says.
        source: Arc<serde_json::Error>,
    },
}

impl CallError {
    /// Whether the Gateway may have acted on the request although no answer came.
    #[must_use]
    pub const fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Timeout { sent, .. } | Self::Disconnected { sent, .. } => *sent,
            Self::Answer { .. } => true,
            Self::Refused(_) | Self::TooLarge { .. } | Self::Params { .. } => false,
        }
    }

    /// The error object, if the Gateway answered with one.
    #[must_use]
    pub fn refusal(&self) -> Option<&ErrorShape> {
        match self {
            Self::Refused(error) => Some(error),
            _ => None,
        }
    }
}
