//! Tunnels through a real `sshd`. Linux: processes are looked at through `/proc` and pidfds.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails ends the test, as it should"
)]

mod failure;
mod lifetime;
mod parent;
mod sharing;
mod support;
