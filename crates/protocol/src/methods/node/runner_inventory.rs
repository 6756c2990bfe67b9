//! `node.runnerInventory.*`: nodes that host sessions.

pub mod update;
