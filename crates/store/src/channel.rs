//! Channels: what came in, what is to go out, and who may talk.

pub(crate) mod inbox;
pub(crate) mod outbox;
pub(crate) mod peer;
