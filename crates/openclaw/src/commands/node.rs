//! `openclaw node`

mod endpoint;
mod states;
mod tunnel;

use std::sync::Arc;

use openclaw_node_host::approvals::ConfiguredPolicy;
use openclaw_node_host::{HostError, NodeFile, NodeHost, browser_of_config};
use tokio_util::sync::CancellationToken;

use crate::app::{App, VERSION};
use crate::cli::node::{NodeCommand, NodeRunArgs};
use crate::commands::service::{self, Kind, Verb};
use crate::error::CliError;
use crate::logging::LogPlan;
use crate::notify::{self, State};
use crate::runtime;
use crate::signals::Stop;
use states::States;
use tunnel::NodeTunnel;

/// Does what was asked.
pub(crate) fn run(app: &App, command: NodeCommand) -> Result<(), CliError> {
    let args = match command {
        NodeCommand::Run(args) => args,
        NodeCommand::Install(args) => return service::install_node(app, &args),
        NodeCommand::Uninstall => return service::run(app, Kind::Node, Verb::Uninstall),
        NodeCommand::Status => return service::node_status(app),
        NodeCommand::Start => return service::run(app, Kind::Node, Verb::Start),
        NodeCommand::Stop => return service::run(app, Kind::Node, Verb::Stop),
        NodeCommand::Restart => return service::run(app, Kind::Node, Verb::Restart),
    };
    let _log = LogPlan::of_node(app).start(&app.env, app.global.no_color);
    runtime::one_shot()?
        .block_on(serve(app, args))
        .map_err(|error| error.labelled("Node host failed"))
}

/// Runs the node until it is told to stop, or until trying again is of no use.
async fn serve(app: &App, args: NodeRunArgs) -> Result<(), CliError> {
    let mut stop = Stop::listen()
        .map_err(|error| CliError::failure(format!("signals cannot be received: {error}")))?;
    let loaded = app.load_config()?;
    let saved = NodeFile::load(&app.paths.node_file())
        .map_err(|error| CliError::config(error.to_string()))?
        .and_then(|file| file.gateway());
    let gateway = endpoint::choose(app, &args, saved, &loaded)?;
    let credentials = endpoint::unlock(&gateway.target).await?;
    let mut tunnel = NodeTunnel::start(app, &gateway.target).await?;
    let config = Arc::new(loaded.config);
    let browser = browser_of_config(&config, app.paths.state_dir(), &app.env);
    let mut builder = NodeHost::builder(gateway.target.endpoint(), app.paths.state_dir())
        .version(VERSION)
        .environment(app.env.clone())
        .connector(tunnel.connector())
        .credentials(credentials)
        .browser(browser)
        .exec_policy(move |agent| ConfiguredPolicy::of_config(&config, agent));
    if let Some(saved) = gateway.to_save {
        builder = builder.save_gateway(saved);
    }
    if let Some(name) = args.display_name {
        builder = builder.display_name(name);
    }
    if let Some(id) = args.node_id {
        builder = builder.node_id(id);
    }
    let host = builder.build().map_err(|error| not_built(&error))?;
    let mut states = States::new(&app.out, &host.handle(), gateway.target.info.url);
    states.begin(&host)?;
    // It serves whenever its Gateway is there; that one may be started much later.
    notify::tell(&app.env, State::Ready);
    let shutdown = CancellationToken::new();
    let run = host.run(shutdown.clone());
    tokio::pin!(run);
    loop {
        tokio::select! {
            ended = &mut run => {
                tunnel.stop().await;
                return ended.map_err(|error| CliError::failure(error.to_string()));
            }
            () = states.changed() => states.print()?,
            () = tunnel.changed() => tunnel.print()?,
            signal = stop.wait() => {
                tracing::info!(signal, "stopping");
                notify::tell(&app.env, State::Stopping);
                shutdown.cancel();
            }
        }
    }
}

fn not_built(error: &HostError) -> CliError {
    match error {
        HostError::State(_) => CliError::config(error.to_string()),
        _ => CliError::failure(error.to_string()),
    }
}
