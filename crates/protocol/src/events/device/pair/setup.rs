//! `device.pair.setup.*`: setup codes.

pub mod completed;
pub mod delivery_uncertain;
