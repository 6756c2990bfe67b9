//! The OpenClaw Gateway protocol as types, for both generations that people run:
//! protocol 3 (February 2026) and protocol 4 (2026.9).
//!
//! This crate does no I/O, reads no clock and no environment.
//!
//! | To find | Open |
//! | --- | --- |
//! | the frames on the socket | [`frame`] |
//! | the handshake | [`connect`], [`hello`] |
//! | one method: name, access, params, result | [`methods`], one file per method |
//! | one event: name, audience, payload | [`events`], one file per event |
//! | every method and event in one list | [`catalogue`] |
//! | error codes, `details.code`, close codes | [`error`], [`detail`], [`close`] |
//! | what a new device is given to connect with | [`setup_code`] |
//! | sizes and timers | [`limits`] |

mod open_enum;

pub mod access;
pub mod audience;
pub mod catalogue;
pub mod client;
pub mod close;
pub mod connect;
pub mod detail;
pub mod error;
pub mod event;
pub mod events;
pub mod frame;
pub mod generation;
pub mod hello;
pub mod id;
pub mod invalid;
pub mod limits;
pub mod method;
pub mod methods;
pub mod presence;
pub mod role;
pub mod scope;
pub mod setup_code;

pub use access::Access;
pub use audience::Audience;
pub use error::{ErrorCode, ErrorShape};
pub use event::{Event, EventInfo};
pub use generation::Generation;
pub use method::{Method, MethodInfo};
pub use role::Role;
pub use scope::{Scope, ScopeSet};

/// A JSON value kept as the text it came in: never parsed, never re-serialised.
pub type Raw = serde_json::value::RawValue;
