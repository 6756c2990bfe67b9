//! `openclaw gateway`

mod announce;
mod call;
mod descriptors;
mod discover;
pub(crate) mod guard;
pub(crate) mod listeners;
pub(crate) mod port_owner;
mod probe;
mod refused;
mod reload;
mod run;
mod secrets;
mod status;
mod tailnet;
mod tls;
pub(crate) mod token_key;
mod watch;

use crate::app::App;
use crate::cli::gateway::GatewayCommand;
use crate::commands::service::{self, Kind, Verb};
use crate::commands::{agent, health, message};
use crate::error::CliError;

/// Does what was asked.
pub(crate) fn run(app: &App, command: GatewayCommand) -> Result<(), CliError> {
    match command {
        GatewayCommand::Run(args) => {
            run::run(app, &args).map_err(|error| error.labelled("Gateway failed to start"))
        }
        GatewayCommand::Status(args) => status::run(app, &args),
        GatewayCommand::Health(args) => health::gateway_health(app, &args),
        GatewayCommand::Probe(args) => probe::run(app, &args),
        GatewayCommand::Discover(args) => {
            discover::run(app, &args).map_err(|error| error.labelled("gateway discover failed"))
        }
        GatewayCommand::Call(args) => {
            call::run(app, &args).map_err(|error| error.labelled("Gateway call failed"))
        }
        GatewayCommand::Send(args) => {
            message::send(app, &args).map_err(|error| error.labelled("gateway send failed"))
        }
        GatewayCommand::Agent(args) => agent::run(app, &args),
        GatewayCommand::Install(args) => service::install_gateway(app, &args),
        GatewayCommand::Uninstall => service::run(app, Kind::Gateway, Verb::Uninstall),
        GatewayCommand::Start => service::run(app, Kind::Gateway, Verb::Start),
        GatewayCommand::Stop => service::run(app, Kind::Gateway, Verb::Stop),
        GatewayCommand::Restart => service::run(app, Kind::Gateway, Verb::Restart),
    }
}
