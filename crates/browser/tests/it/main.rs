//! A real Chromium, driven by requests, on pages that a test serves from loopback.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails ends the test, as it should"
)]

mod act;
mod life;
mod look;
mod support;
