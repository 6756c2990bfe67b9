//! `node.pending.*`: work that waits until a node can take it.

pub mod ack;
pub mod drain;
pub mod enqueue;
pub mod pull;
pub mod work;
