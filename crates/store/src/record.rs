//! The records, one file each. They hold facts; no method here decides anything.

pub(crate) mod device;
pub(crate) mod facts;
pub(crate) mod legacy_node;
pub(crate) mod pending;
pub(crate) mod setup_code;
pub(crate) mod surface;
pub(crate) mod tokens;
