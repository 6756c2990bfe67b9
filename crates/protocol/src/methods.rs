//! One file per method, in folders that follow the name: `node.invoke` is in `node/invoke.rs`.
//! Files named after no method hold what several methods share.

pub mod agent;
pub mod agents;
pub mod browser;
pub mod channels;
pub mod chat;
pub mod common;
pub mod config;
pub mod connect;
pub mod cron;
pub mod delivery;
pub mod device;
pub mod exec;
pub mod gateway;
pub mod health;
pub mod last_heartbeat;
pub mod lenient;
pub mod logs;
pub mod message;
pub mod models;
pub mod node;
pub mod nullable;
pub(crate) mod open_record;
pub mod poll;
pub mod secret;
pub mod send;
pub mod sessions;
pub mod set_heartbeats;
pub mod skills;
pub mod status;
pub mod switch;
pub mod system_event;
pub mod system_presence;
pub mod thread_id;
pub mod voicewake;
pub mod wake;
