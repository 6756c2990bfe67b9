//! `device.token.*`: tokens of paired devices.

pub mod revoke;
pub mod rotate;
