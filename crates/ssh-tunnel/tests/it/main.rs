//! Tunnels through a real `sshd`.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails ends the test, as it should"
)]

mod failure;
mod lifetime;
mod parent;
mod sharing;
mod support;
