//! Target resolution against recorded cases, and calls to a fake Gateway.

#![expect(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on fails, and literals read best without `&`"
)]

mod client;
mod credentials;
mod describe;
mod fake_gateways;
mod secret_command;
mod secrets;
mod target;
mod tunnel;
mod vectors;
