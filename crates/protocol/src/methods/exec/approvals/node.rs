//! `exec.approvals.node.*`: that file on a node.

pub mod get;
pub mod set;
