//! One file per event, in folders that follow the name: `node.invoke.request` is in
//! `node/invoke/request.rs`.

pub mod agent;
pub mod chat;
pub mod config;
pub mod connect;
pub mod cron;
pub mod device;
pub mod exec;
pub mod gateway;
pub mod health;
pub mod heartbeat;
pub mod models;
pub mod node;
pub mod none;
pub mod presence;
pub mod session;
pub mod sessions;
pub mod shutdown;
pub mod skills;
pub mod talk;
pub mod tick;
pub mod update;
pub mod voicewake;
