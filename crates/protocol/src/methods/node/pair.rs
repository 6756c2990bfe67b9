//! `node.pair.*`: approval of nodes; in protocol 4 of what a paired node declares.

pub mod approve;
pub mod list;
pub mod record;
pub mod reject;
pub mod remove;
pub mod request;
pub mod verify;
