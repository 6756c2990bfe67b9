//! `device.*`: devices.

pub mod pair;
