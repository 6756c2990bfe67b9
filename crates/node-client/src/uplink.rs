//! The way from the node to the Gateway that is connected.

use async_trait::async_trait;
use openclaw_protocol::{ErrorShape, Generation};
use serde_json::value::RawValue;

/// One connection, as calls and events see it. A trait, so that the rules of dispatch are tested
/// without a connection.
#[async_trait]
pub(crate) trait Uplink: std::fmt::Debug + Send + Sync {
    /// Sends a request and waits for its answer.
    async fn call(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> Result<Option<Box<RawValue>>, SendError>;

    /// The generation that the connection speaks.
    fn generation(&self) -> Generation;

    /// The largest message that the Gateway reads, in bytes.
    fn max_payload(&self) -> usize;

    /// The id under which the Gateway knows this node.
    fn node_id(&self) -> &str;
}

/// Something did not reach the Gateway, or was refused there.
///
/// Nothing is sent again by itself: what belongs to one connection means nothing on the next.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The node is not connected; nothing was sent.
    #[error("the node is not connected to its gateway")]
    NotConnected,
    /// The connection ended, or the time was up, before the Gateway answered; it may have
    /// received it.
    #[error("the gateway did not answer: {reason}")]
    Unanswered {
        /// What happened.
        reason: String,
    },
    /// It is larger than the Gateway takes; nothing was sent.
    #[error(
        "{bytes} bytes are more than the {limit} bytes that the gateway takes; nothing was sent"
    )]
    TooLarge {
        /// The size of the message, in bytes.
        bytes: usize,
        /// What the Gateway takes, in bytes.
        limit: usize,
    },
    /// The Gateway refused.
    #[error("the gateway refused: {0}")]
    Refused(Box<ErrorShape>),
    /// The payload cannot be written as JSON.
    #[error("the payload is no JSON: {reason}")]
    NotJson {
        /// Why.
        reason: String,
    },
}
