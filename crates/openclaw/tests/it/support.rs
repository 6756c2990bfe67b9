//! Sealed homes and the processes in them.

mod home;
mod process;
mod scripted;
mod systemctl;
mod tap;

pub(crate) use home::{ClosedPort, Home, Ran};
pub(crate) use process::{Gateway, Process};
pub(crate) use scripted::{Say, Scripted, VERSION};
pub(crate) use systemctl::{Systemctl, unit_file};
pub(crate) use tap::{APPLICATION_DATA, Tap};

/// A token that is long enough for every bind.
pub(crate) const TOKEN: &str = "planted-token-0123456789abcdef-0123456789";
