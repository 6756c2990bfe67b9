//! `gateway.*`: the Gateway itself.

pub mod identity;
