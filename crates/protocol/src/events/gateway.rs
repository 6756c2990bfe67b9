//! `gateway.*`: the Gateway itself.

pub mod suspension;
