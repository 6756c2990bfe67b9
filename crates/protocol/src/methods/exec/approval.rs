//! `exec.approval.*`: one question whether a command may run.

pub mod get;
pub mod list;
pub mod record;
pub mod request;
pub mod resolve;
pub mod wait_decision;
