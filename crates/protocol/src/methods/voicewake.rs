//! `voicewake.*`: words that wake the assistant.

pub mod get;
pub mod set;
pub mod triggers;
