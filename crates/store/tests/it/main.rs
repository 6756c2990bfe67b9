//! The store from outside: what it keeps, what it refuses, what survives.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails ends the test, as it should"
)]

mod channels;
mod concurrency;
mod conversations;
mod crash;
mod damage;
mod devices;
mod files;
mod idempotency;
mod legacy_nodes;
mod migration;
mod nodes;
mod pairing;
mod round_trip;
mod schedule;
mod secrets;
mod settings;
mod setup_codes;
mod support;
mod tokens;
mod touches;
