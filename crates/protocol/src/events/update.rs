//! `update.*`: new versions.

pub mod available;
