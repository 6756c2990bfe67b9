//! One file per event, in folders that follow the name.

pub mod tick;
