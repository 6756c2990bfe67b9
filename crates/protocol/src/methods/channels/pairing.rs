//! `channels.pairing.*`: people who ask to be let in.

pub mod approve;
pub mod dismiss;
pub mod list;
