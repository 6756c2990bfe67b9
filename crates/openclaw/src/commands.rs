//! What each command does: ask, and show the answer.

mod agent;
mod approvals;
mod auth;
mod channels;
mod completion;
mod config;
mod cron;
mod dashboard;
mod demo;
mod devices;
mod docs;
mod doctor;
mod gateway;
mod health;
mod logs;
mod message;
mod migrate;
mod node;
mod nodes;
mod operator;
mod pairing;
mod probe;
mod qr;
mod security;
mod select;
mod service;
mod sessions;
mod status;
mod system;
mod trust;
mod tunnel;

use crate::app::App;
use crate::cli::Command;
use crate::error::CliError;
use crate::logging::LogPlan;

/// Does what was asked.
pub(crate) fn run(app: &App, command: Command) -> Result<(), CliError> {
    // Servers begin a log of their own, once they know what the configuration says about it.
    let _log = match command {
        Command::Gateway(crate::cli::gateway::GatewayCommand::Run(_))
        | Command::Node(crate::cli::node::NodeCommand::Run(_)) => None,
        _ => Some(LogPlan::of_command(app).start(&app.env, app.global.no_color)),
    };
    match command {
        Command::Gateway(command) => gateway::run(app, command),
        Command::Health(args) => health::health(app, &args),
        Command::Status(args) => status::run(app, &args),
        Command::Agent(agent) => agent::run(app, &agent.args),
        Command::Message(command) => message::run(app, &command),
        Command::Sessions(command) => sessions::run(app, command),
        Command::Cron(command) => cron::run(app, command),
        Command::Channels(command) => channels::run(app, command),
        Command::Pairing(command) => pairing::run(app, &command),
        Command::System(command) => system::run(app, command),
        Command::Nodes(command) => nodes::run(app, command),
        Command::Approvals(command) => approvals::run(app, command),
        Command::Devices(command) => devices::run(app, command),
        Command::Node(command) => node::run(app, command),
        Command::Logs(args) => logs::run(app, args),
        Command::Config(command) => config::run(app, command),
        Command::Security(command) => security::run(app, command),
        Command::Auth(command) => auth::run(app, command),
        Command::Trust(command) => trust::run(app, command),
        Command::Tunnel(command) => tunnel::run(app, command),
        Command::Doctor(args) => doctor::run(app, &args),
        Command::Qr(args) => qr::run(app, &args),
        Command::Dashboard(args) => dashboard::run(app, &args),
        Command::Demo(args) => demo::run(app, &args),
        Command::Migrate(args) => migrate::run(app, &args),
        Command::Completion(args) => completion::run(app, &args),
        Command::Docs(args) => docs::run(app, &args),
    }
}
