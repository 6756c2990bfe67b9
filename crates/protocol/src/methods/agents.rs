//! `agents.*`: the agents of this Gateway.

pub mod list;
pub mod summary;
