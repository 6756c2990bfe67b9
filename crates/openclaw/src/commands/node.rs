//! `openclaw node`

use openclaw_config::Env;
use openclaw_daemon::signals::Stop;
use openclaw_node_host::launch::{
    Launch, LaunchError, LaunchFailure, LaunchOptions, News, Said, Surroundings,
};

use crate::app::{App, VERSION};
use crate::cli::node::{NodeCommand, NodeRunArgs};
use crate::client;
use crate::commands::service::{self, Kind, Verb};
use crate::error::CliError;
use crate::logging::LogPlan;
use crate::render::Output;
use crate::runtime;

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
    let process = Env::from_process();
    let around = Surroundings {
        commands: &process,
        paths: &app.paths,
        loaded: &loaded,
        version: VERSION,
    };
    let launch = Launch::prepare(args.into(), around).await.map_err(told)?;
    let mut said = Said::default();
    launch
        .run(async move { stop.wait().await }, |news| {
            say(&app.out, news, &mut said).map_err(Ended::Output)
        })
        .await
        .map_err(|ended| match ended {
            Ended::Output(error) => error,
            Ended::Launch(error) => told(error),
        })
}

/// Why a node no longer runs.
enum Ended {
    /// What it says reaches nobody.
    Output(CliError),
    /// The host itself.
    Launch(LaunchError),
}

impl From<LaunchError> for Ended {
    fn from(error: LaunchError) -> Self {
        Self::Launch(error)
    }
}

/// Says it, unless it was just said.
fn say(out: &Output, news: &News<'_>, said: &mut Said) -> Result<(), CliError> {
    if out.is_json() {
        return news.to_json().map_or(Ok(()), |event| out.json_line(&event));
    }
    if let Some(text) = said.text(news) {
        out.note(&text);
    }
    Ok(())
}

fn told(error: LaunchError) -> CliError {
    match (error.failure(), error) {
        (_, LaunchError::Target(why)) => client::refused(&why),
        (LaunchFailure::Usage, error) => CliError::usage(error.to_string()),
        (LaunchFailure::Config, error) => CliError::config(error.to_string()),
        (_, error) => CliError::failure(error.to_string()),
    }
}

impl From<NodeRunArgs> for LaunchOptions {
    fn from(args: NodeRunArgs) -> Self {
        Self {
            host: args.host,
            port: args.port,
            ssh: args.ssh,
            ssh_identity: args.ssh_identity,
            tls: args.tls,
            no_tls: args.no_tls,
            tls_fingerprint: args.tls_fingerprint,
            node_id: args.node_id,
            display_name: args.display_name,
        }
    }
}
