//! The built program, run as people and scripts run it: in sealed homes, on free ports.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails ends the test, as it should"
)]

mod approvals;
mod auth;
mod client;
mod completion;
mod config;
mod demo;
mod devices;
#[cfg(target_os = "linux")]
mod discover;
mod doctor;
mod gateway;
mod help;
mod logs;
mod migrate;
mod node;
mod nodes_run;
mod nodes_use;
mod offline;
mod operate;
mod qr;
mod refusals;
mod reload;
mod secrets;
mod security;
mod service;
mod service_tunnel;
mod ssh;
mod ssh_tls;
mod status_deep;
mod support;
mod tailnet;
mod tls;
mod trust;
mod tunnel;
mod usage;
mod wrong_pin;
