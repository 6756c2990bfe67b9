//! Sealed homes and the processes in them: those of the program's other tests.

#![expect(
    dead_code,
    reason = "they serve the other tests of the program as well"
)]

#[path = "../../crates/openclaw/tests/it/support/home.rs"]
mod home;
#[path = "../../crates/openclaw/tests/it/support/process.rs"]
mod process;

pub(crate) use home::Home;
pub(crate) use process::{Gateway, Process};

/// A token that is long enough for every bind.
pub(crate) const TOKEN: &str = "planted-token-0123456789abcdef-0123456789";
