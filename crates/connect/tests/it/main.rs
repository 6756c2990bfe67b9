//! The client against a fake Gateway: over an in-memory pipe with virtual time, and over loopback
//! TCP where sockets matter.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod dial;
mod fake_gateway;
mod handshake;
mod link;
mod recorded;
mod session;
mod tls;
mod tokens;
mod upgrade;
