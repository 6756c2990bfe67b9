//! `exec.*`: running commands, and who allows it.

pub mod approval;
pub mod approvals;
