//! The declarations against what the real Gateways say and what they sent.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod catalogue;
mod events;
mod params;
mod results;
mod round_trip;
