//! How records are shown on the wire.

pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod health;
pub(crate) mod node;
pub(crate) mod status;
