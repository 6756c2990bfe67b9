//! One connection: an actor that reads, writes and keeps time for one peer.

pub(crate) mod actor;
pub(crate) mod admit;
pub(crate) mod conn;
pub(crate) mod hand_over;
pub(crate) mod hello;
pub(crate) mod lookup;
pub(crate) mod outbox;
