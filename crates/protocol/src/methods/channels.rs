//! `channels.*`: messaging channels.

pub mod account;
pub mod logout;
pub mod pairing;
pub mod start;
pub mod status;
pub mod stop;
