//! `device.pair.setup.*`: setup codes.

pub mod completed;
