//! `node.*`: nodes.

pub mod host_stats;
pub mod invoke;
pub mod pair;
pub mod presence;
