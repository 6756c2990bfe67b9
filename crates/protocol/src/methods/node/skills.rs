//! `node.skills.*`: skills that a node brings.

pub mod update;
