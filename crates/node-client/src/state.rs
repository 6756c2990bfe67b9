//! What a node is doing.

use std::time::Duration;

use openclaw_protocol::Generation;
use openclaw_protocol::id::NodeId;

/// The state of a node's connection, as people and programs watch it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeState {
    /// It has not been started.
    Idle,
    /// It is on its way to the Gateway.
    Connecting,
    /// The Gateway knows it and may call its commands.
    Online(Online),
    /// A person has something to do, in most cases to approve this device on the Gateway; the
    /// node then comes online by itself.
    WaitingForApproval {
        /// The id of the pairing request, where the Gateway named one.
        request_id: Option<String>,
        /// The command to run on the Gateway's machine.
        command: Option<String>,
        /// What the Gateway said.
        reason: String,
        /// When it asks again.
        retry_in: Duration,
    },
    /// It is not connected and tries again by itself.
    Offline {
        /// Why, for a person.
        reason: String,
        /// When it tries again.
        retry_in: Duration,
    },
    /// It has stopped for good: [`Node::run`](crate::Node::run) has returned or is about to.
    Stopped,
}

/// A connection that the Gateway has let in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Online {
    /// The id under which the Gateway routes calls to this node.
    pub node_id: NodeId,
    /// Which connection of the node it is, from 1: events that are to be sent once per connection
    /// go by it.
    pub connection: u64,
    /// The generation of the protocol.
    pub generation: Generation,
    /// The Gateway's version, where it says one.
    pub server_version: String,
}

impl NodeState {
    /// Whether commands can be called.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        matches!(self, Self::Online(_))
    }

    /// Whether it has stopped for good.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped)
    }
}
