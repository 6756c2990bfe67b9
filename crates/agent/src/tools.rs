//! The tools. What they need of the Gateway they take as traits.

pub mod cron;
pub mod exec;
pub mod files;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod message;
pub mod nodes;
pub mod sessions;
pub mod web_fetch;
