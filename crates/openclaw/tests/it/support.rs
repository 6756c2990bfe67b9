//! Sealed homes and the processes in them.

mod home;
mod process;

pub(crate) use home::{ClosedPort, Home};
pub(crate) use process::{Gateway, Process};

/// A token that is long enough for every bind.
pub(crate) const TOKEN: &str = "planted-token-0123456789abcdef-0123456789";
