//! Handlers, in the same tree as the declarations. They hold no rules: policy decides, the book
//! records, views show.

use crate::router::Router;

mod agents;
mod browser;
mod channels;
mod config;
mod cron;
mod device;
mod gateway;
mod health;
mod logs;
mod models;
mod node;
mod sessions;
mod skills;
mod system;
mod voicewake;

/// Serves every method of this crate.
pub(crate) fn register(router: &mut Router) {
    agents::register(router);
    browser::register(router);
    channels::register(router);
    config::register(router);
    cron::register(router);
    device::register(router);
    gateway::register(router);
    health::register(router);
    logs::register(router);
    models::register(router);
    node::register(router);
    sessions::register(router);
    skills::register(router);
    system::register(router);
    voicewake::register(router);
}
