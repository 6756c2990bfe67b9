//! `channels.*`: messaging channels.

pub mod account;
pub mod status;
