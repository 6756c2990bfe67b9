//! `session.*`: one session.

pub mod message;
pub mod tool;
