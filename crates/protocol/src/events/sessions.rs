//! `sessions.*`: the list of sessions.

pub mod changed;
