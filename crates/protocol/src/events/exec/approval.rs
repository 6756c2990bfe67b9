//! `exec.approval.*`: questions whether a command may run.

pub mod requested;
pub mod resolved;
