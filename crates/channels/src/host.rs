//! What a channel is given.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inbound::Inbound;

/// What a channel is given by the Gateway that runs it.
#[async_trait]
pub trait ChannelHost: Send + Sync {
    /// Keeps what came in. It is safe on disk when this returns: acknowledge it to the service
    /// after that.
    ///
    /// # Errors
    ///
    /// [`HostError`]: it is not kept, and must not be acknowledged.
    async fn accept(&self, inbound: Inbound) -> Result<Accepted, HostError>;

    /// How far a queue of the service was read, as it was kept last.
    ///
    /// # Errors
    ///
    /// [`HostError`]
    async fn position(&self, queue: &str) -> Result<Option<Position>, HostError>;

    /// Keeps how far a queue of the service was read.
    ///
    /// # Errors
    ///
    /// [`HostError`]
    async fn keep_position(&self, queue: &str, position: Position) -> Result<(), HostError>;

    /// Tells how the channel is.
    fn report(&self, report: Report);

    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
}

/// How far a queue was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// The number of what comes next.
    pub next: i64,
    /// When this was so, in milliseconds since 1970.
    pub at_ms: u64,
}

/// What became of something that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is new.
    New,
    /// It was kept before.
    Duplicate,
}

/// The Gateway cannot keep something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the Gateway cannot keep what came in: {0}")]
pub struct HostError(pub String);

/// How a channel is.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// The service answers. Facts about us there, for people and programs.
    Connected(Value),
    /// The service does not, and is tried again.
    Failing(String),
}
