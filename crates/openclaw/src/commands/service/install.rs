//! `install`: writes the service file, and has the service manager start it.
//!
//! What would keep the service from starting is found before anything is written: it is checked
//! as the service will see it, without the variables of this shell.

use std::fs;
use std::path::{Path, PathBuf};

use openclaw_config::write::{Draft, Stamp};
use openclaw_config::{ConfigPath, Env, Loaded, edit, env, write_private_file};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::control::{self, Control};
use super::definition::Definition;
use super::installed::Installed;
use super::report::{Action, Report, finish};
use super::steps::Doing;
use super::{Kind, Manager, Names, plist, ssh, unit};
use crate::app::{App, VERSION, refused_config};
use crate::cli::node::NodeRunArgs;
use crate::cli::security::SecurityAuditArgs;
use crate::cli::service::{GatewayInstallArgs, NodeInstallArgs};
use crate::commands::gateway::guard;
use crate::commands::security::gather;
use crate::error::CliError;
use crate::runtime;

/// `gateway install`.
pub(crate) fn gateway(app: &App, args: &GatewayInstallArgs) -> Result<(), CliError> {
    let done = place(app, Kind::Gateway, args.force).and_then(|place| match place {
        Place::Taken(report) => Ok(report),
        Place::Free(file) => install_gateway(app, args, &file),
    });
    finish(app, Kind::Gateway, Action::Install, done)
}

/// `node install`.
pub(crate) fn node(app: &App, args: &NodeInstallArgs) -> Result<(), CliError> {
    let done = place(app, Kind::Node, args.force).and_then(|place| match place {
        Place::Taken(report) => Ok(report),
        Place::Free(file) => {
            let control = Control::reach(app, Kind::Node)?;
            let manager = Manager::of_host();
            let mut definition = Definition::of(app, manager, Kind::Node, node_args(&args.run)?)?;
            let mut warnings = Vec::new();
            if ssh::is_used(app, &args.run) {
                warnings.extend(ssh::equip(app, manager, &mut definition)?);
            }
            let seen = definition.env(app)?;
            load(app, &seen)?;
            warnings.extend(left_behind(app, &seen));
            put(app, &control, &definition, &file)?;
            Ok(installed(&control, Kind::Node).warn(warnings))
        }
    });
    finish(app, Kind::Node, Action::Install, done)
}

/// Where the service file goes.
pub(super) enum Place {
    /// There.
    Free(PathBuf),
    /// Something is installed already, and stays.
    Taken(Report),
}

pub(super) fn place(app: &App, kind: Kind, force: bool) -> Result<Place, CliError> {
    if app.env.says_yes(env::NIX_MODE) {
        return Err(
            CliError::config("Nix mode detected; service install is disabled.")
                .hint("declare the service in the configuration of the system"),
        );
    }
    if control::uid() == 0 && app.env.text("SUDO_USER").is_some() {
        return Err(CliError::usage(
            "the service belongs to a user and not to root: run this without sudo",
        ));
    }
    let manager = Manager::of_host();
    let file = Names::of(app, manager, kind).file.ok_or_else(|| {
        CliError::config("no home directory, and so no place for the service: set HOME")
    })?;
    if !file.exists() || force {
        return Ok(Place::Free(file));
    }
    let own = std::env::current_exe().ok();
    let other = Installed::read(manager, &file)
        .map(|installed| installed.program())
        .filter(|program| Some(program) != own.as_ref())
        .map(|program| format!("it runs another program: {}", program.display()));
    let title = kind.title();
    let report = Report::new(
        "already-installed",
        format!("{title} service already enabled."),
    )
    .warn(other)
    .hint(format!(
        "Reinstall with: openclaw {} install --force",
        kind.word()
    ));
    Ok(Place::Taken(report))
}

fn install_gateway(app: &App, args: &GatewayInstallArgs, file: &Path) -> Result<Report, CliError> {
    let control = Control::reach(app, Kind::Gateway)?;
    let manager = Manager::of_host();
    let words = ["gateway", "run"].map(str::to_owned);
    let definition = Definition::of(app, manager, Kind::Gateway, words.to_vec())?;
    let seen = definition.env(app)?;
    guard::check(&load(app, &seen)?)?;
    let mut warnings = left_behind(app, &seen);
    let mut definition = definition;
    let variable = app.env.text(env::GATEWAY_PORT);
    let port = match (args.port, variable.and_then(openclaw_config::port::port_in)) {
        (Some(port), _) => Some(port),
        (None, Some(port)) if seen.text(env::GATEWAY_PORT) != variable => {
            warnings.push(format!(
                "port {port} of {} is written into the service",
                env::GATEWAY_PORT
            ));
            Some(port)
        }
        (None, _) => None,
    };
    if let Some(port) = port {
        definition
            .args
            .extend(["--port".to_owned(), port.to_string()]);
    }
    if let Some(token) = &args.token {
        keep_token(app, &seen, token)?;
    }
    let loaded = load(app, &seen)?;
    let asked = SecurityAuditArgs::default();
    let facts = runtime::one_shot()?.block_on(gather::facts(app, &asked, &loaded));
    if let Some(refusal) = facts.gateway.start_refusal {
        return Err(CliError::config(format!("it would not start: {refusal}"))
            .kind("gateway_start_refused"));
    }
    put(app, &control, &definition, file)?;
    Ok(installed(&control, Kind::Gateway).warn(warnings))
}

/// The configuration as the service will find it.
pub(super) fn load(app: &App, seen: &Env) -> Result<Loaded, CliError> {
    openclaw_config::load(app.paths.config_file(), seen).map_err(|error| {
        refused_config(&error).hint(format!(
            "the service does not see the variables of this shell: what it needs of them stands \
             in {}",
            app.out.path(&app.paths.dotenv_file())
        ))
    })
}

/// Secrets of this shell that the service will not have.
fn left_behind(app: &App, seen: &Env) -> Vec<String> {
    [env::GATEWAY_TOKEN, env::GATEWAY_PASSWORD]
        .into_iter()
        .filter(|name| app.env.text(name) != seen.text(name))
        .map(|name| {
            format!(
                "{name} of this shell is not given to the service; it reads {}",
                app.out.path(&app.paths.dotenv_file())
            )
        })
        .collect()
}

/// Writes the token to `gateway.auth.token`, through the same checked writer as `config set`.
fn keep_token(app: &App, seen: &Env, token: &SecretString) -> Result<(), CliError> {
    let failed = |why: String| CliError::config(format!("the token was not kept: {why}"));
    let mut draft = Draft::open(app.paths.config_file(), seen).map_err(|e| refused_config(&e))?;
    let mode = ConfigPath::of_keys(&["gateway", "auth", "mode"]);
    if edit::get(draft.value(), &mode).is_none() {
        draft
            .set(&mode, Value::from("token"))
            .map_err(|error| failed(error.to_string()))?;
    }
    let path = ConfigPath::of_keys(&["gateway", "auth", "token"]);
    draft
        .set(&path, Value::from(token.expose_secret()))
        .map_err(|error| failed(error.to_string()))?;
    draft
        .save(&Stamp::now(VERSION))
        .map_err(|error| failed(error.to_string()))?;
    Ok(())
}

/// Writes the service file and starts the service.
pub(super) fn put(
    app: &App,
    control: &Control,
    of: &Definition,
    file: &Path,
) -> Result<(), CliError> {
    let text = match Manager::of_host() {
        Manager::Systemd => unit::text(of),
        Manager::Launchd => {
            let logs = app.paths.logs_dir();
            openclaw_config::private_file::create_private_dir(&logs)
                .map_err(|error| not_written(&logs, &error))?;
            plist::text(of)
        }
    };
    // A link that a service manager or packager put there is replaced, not followed.
    if fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_symlink()) {
        fs::remove_file(file).map_err(|error| not_written(file, &error))?;
    }
    write_private_file(file, text.as_bytes()).map_err(|error| not_written(file, &error))?;
    control.perform(Doing::Install)
}

fn not_written(path: &Path, error: &std::io::Error) -> CliError {
    CliError::failure(format!("{} cannot be written: {error}", path.display()))
}

pub(super) fn installed(control: &Control, kind: Kind) -> Report {
    let word = kind.word();
    let report = Report::new(
        "installed",
        format!("{} service installed and started.", kind.title()),
    );
    let report = match kind {
        Kind::Gateway => report.hint("openclaw gateway status"),
        Kind::Node => report.hint("openclaw node status"),
        Kind::Tunnel => report.hint("openclaw tunnel status"),
    };
    match control.user() {
        Some(user) if cfg!(target_os = "linux") && !lingers(user) => report.hint(format!(
            "loginctl enable-linger {user} keeps the {word} running when {user} logs out"
        )),
        _ => report,
    }
}

/// Whether the user's services run without a session.
fn lingers(user: &str) -> bool {
    Path::new("/var/lib/systemd/linger").join(user).exists()
}

/// The same options for the service.
fn node_args(args: &NodeRunArgs) -> Result<Vec<String>, CliError> {
    let mut all = ["node", "run"].map(str::to_owned).to_vec();
    let port = args.port.map(|port| port.to_string());
    let identity = args.ssh_identity.as_deref().map(ssh::identity);
    let identity = identity.transpose()?;
    for (option, value) in [
        ("--ssh", &args.ssh),
        ("--ssh-identity", &identity),
        ("--host", &args.host),
        ("--port", &port),
        ("--tls-fingerprint", &args.tls_fingerprint),
        ("--node-id", &args.node_id),
        ("--display-name", &args.display_name),
    ] {
        all.extend(value.as_ref().map(|value| format!("{option}={value}")));
    }
    for (option, given) in [("--tls", args.tls), ("--no-tls", args.no_tls)] {
        if given {
            all.push(option.to_owned());
        }
    }
    Ok(all)
}
