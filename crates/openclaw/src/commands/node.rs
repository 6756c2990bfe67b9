//! `openclaw node`

mod endpoint;
mod states;

use std::sync::Arc;

use openclaw_node_host::approvals::ConfiguredPolicy;
use openclaw_node_host::{HostError, NodeFile, NodeHost};
use tokio_util::sync::CancellationToken;

use crate::app::{App, VERSION};
use crate::cli::node::{NodeCommand, NodeRunArgs};
use crate::error::CliError;
use crate::logging::LogPlan;
use crate::runtime;
use crate::signals::Stop;
use states::States;

/// Does what was asked.
pub(crate) fn run(app: &App, command: NodeCommand) -> Result<(), CliError> {
    let NodeCommand::Run(args) = command;
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
    let config = Arc::new(loaded.config);
    let mut builder = NodeHost::builder(gateway.target.endpoint(), app.paths.state_dir())
        .version(VERSION)
        .environment(app.env.clone())
        .credentials(credentials)
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
    let shutdown = CancellationToken::new();
    let run = host.run(shutdown.clone());
    tokio::pin!(run);
    loop {
        tokio::select! {
            ended = &mut run => {
                return ended.map_err(|error| CliError::failure(error.to_string()));
            }
            () = states.changed() => states.print()?,
            signal = stop.wait() => {
                tracing::info!(signal, "stopping");
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
