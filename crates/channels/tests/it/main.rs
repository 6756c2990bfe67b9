//! Channels against servers on loopback.

mod fake;
mod host;
mod hooked;
mod media;
mod receive;
mod secrets;
mod send;
mod signed;
mod who;
