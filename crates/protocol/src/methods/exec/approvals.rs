//! `exec.approvals.*`: the file that says what may run.

pub mod file;
pub mod get;
pub mod node;
pub mod set;
