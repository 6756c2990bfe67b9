//! `exec.*`: running commands.

pub mod approval;
