//! Handlers, in the same tree as the declarations. They hold no rules: policy decides, the book
//! records, views show.

use crate::router::Router;

mod agent;
mod agents;
mod browser;
mod channels;
mod chat;
mod config;
mod cron;
mod device;
mod exec;
mod gateway;
mod health;
mod heartbeat;
mod logs;
mod message;
mod models;
mod node;
mod poll;
mod send;
mod sessions;
mod skills;
mod system;
mod voicewake;
mod wake;

/// Serves every method of this crate.
pub(crate) fn register(router: &mut Router) {
    agent::register(router);
    agents::register(router);
    browser::register(router);
    channels::register(router);
    chat::register(router);
    config::register(router);
    cron::register(router);
    device::register(router);
    exec::register(router);
    gateway::register(router);
    health::register(router);
    heartbeat::register(router);
    logs::register(router);
    message::register(router);
    models::register(router);
    node::register(router);
    poll::register(router);
    send::register(router);
    sessions::register(router);
    skills::register(router);
    system::register(router);
    voicewake::register(router);
    wake::register(router);
}
