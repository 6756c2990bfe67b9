//! `node.*`: nodes, what they can do, and calls to them.

pub mod describe;
pub mod entry;
pub mod event;
pub mod host_stats;
pub mod invoke;
pub mod list;
pub mod pair;
pub mod pending;
pub mod plugin_surface;
pub mod plugin_tools;
pub mod rename;
pub mod runner_inventory;
pub mod skills;
