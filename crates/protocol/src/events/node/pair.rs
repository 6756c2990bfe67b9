//! `node.pair.*`: approval of nodes.

pub mod requested;
pub mod resolved;
