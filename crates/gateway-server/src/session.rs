//! One connection: an actor that reads, writes and keeps time for one peer.

pub(crate) mod actor;
pub(crate) mod admit;
pub(crate) mod conn;
pub(crate) mod hello;
pub(crate) mod outbox;
