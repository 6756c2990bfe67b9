//! `device.pair.*`: approval of devices.

pub mod changed;
pub mod requested;
pub mod resolved;
pub mod setup;
