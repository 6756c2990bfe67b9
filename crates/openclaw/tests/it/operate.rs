//! Commands that use what a Gateway runs, against one that is scripted.

mod agent;
mod channels;
mod cron;
mod message;
mod refused;
mod sessions;
mod system;
