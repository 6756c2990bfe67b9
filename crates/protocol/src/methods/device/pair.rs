//! `device.pair.*`: approval of devices.

pub mod approve;
pub mod list;
pub mod record;
pub mod reject;
pub mod remove;
pub mod rename;
pub mod setup_code;
pub mod setup_status;
