//! `openclaw tunnel`

mod background;
mod down;
mod foreground;
mod logs;
mod status;

use openclaw_config::Loaded;
use openclaw_remote::tunnel::Kept;
use openclaw_remote::{Target, TargetFlags, TunnelPlan};
use serde_json::Value;

use crate::app::App;
use crate::cli::tunnel::{TunnelCommand, TunnelOptionArgs, TunnelTargetArgs};
use crate::client;
use crate::commands::service::{self, Kind, Verb};
use crate::error::CliError;

/// Does what was asked.
pub(crate) fn run(app: &App, command: TunnelCommand) -> Result<(), CliError> {
    match command {
        TunnelCommand::Up(args) if args.foreground => foreground::run(app, &args),
        TunnelCommand::Up(args) => background::run(app, &args),
        TunnelCommand::Status => status::run(app),
        TunnelCommand::Down(args) => down::run(app, &args),
        TunnelCommand::Logs(args) => logs::run(app, &args),
        TunnelCommand::Install(args) => service::install_tunnel(app, &args),
        TunnelCommand::Uninstall => service::run(app, Kind::Tunnel, Verb::Uninstall),
    }
}

/// The Gateway behind the tunnel that options and configuration name.
fn target(app: &App, args: &TunnelOptionArgs) -> Result<(Target, TunnelPlan), CliError> {
    resolve(app, args, &app.load_config()?)
}

/// The same with this configuration.
pub(crate) fn resolve(
    app: &App,
    args: &TunnelOptionArgs,
    loaded: &Loaded,
) -> Result<(Target, TunnelPlan), CliError> {
    let flags = TargetFlags {
        ssh: ssh_target(&args.target, loaded),
        ssh_identity: args.ssh_identity.clone(),
        port: args.target.port,
        tls_fingerprint: args.tls_fingerprint.clone(),
        ..TargetFlags::default()
    };
    if flags.ssh.is_none() {
        return Err(no_target());
    }
    let target =
        Target::resolve(&flags, &app.paths, loaded).map_err(|why| client::refused(&why))?;
    let plan = target.tunnel.clone().ok_or_else(no_target)?;
    Ok((target, plan))
}

/// The same for a tunnel that is there already.
fn plan(app: &App, args: &TunnelTargetArgs) -> Result<TunnelPlan, CliError> {
    let args = TunnelOptionArgs {
        target: args.clone(),
        ..TunnelOptionArgs::default()
    };
    target(app, &args).map(|(_, plan)| plan)
}

fn ssh_target(args: &TunnelTargetArgs, loaded: &Loaded) -> Option<String> {
    let configured = &loaded.config.gateway.remote.ssh_target;
    args.ssh.clone().or_else(|| configured.clone())
}

fn no_target() -> CliError {
    CliError::usage("no SSH target is named")
        .hint("openclaw tunnel up --ssh user@host")
        .hint("openclaw config set gateway.remote.sshTarget user@host")
}

/// A kept tunnel, for programs.
fn as_json(kept: &Kept) -> Value {
    serde_json::to_value(kept).unwrap_or_default()
}

/// What a kept tunnel leads to, for people.
fn named(kept: &Kept) -> String {
    format!("{} port {}", kept.target, kept.remote_port)
}
