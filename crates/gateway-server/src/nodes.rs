//! Connected nodes, what they may do, and calls to them.

pub(crate) mod invoke;
pub(crate) mod registry;
pub(crate) mod surface;
