//! `uninstall`, `start`, `stop`, `restart` and `node status`.

use std::fs;

use serde_json::json;

use super::control::{Control, Runtime};
use super::report::{Action, Report, finish};
use super::steps::Doing;
use super::{Kind, Manager, Names, Service, foreground};
use crate::app::App;
use crate::error::CliError;

/// What to do with a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Stop it and remove it.
    Uninstall,
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop it and start it.
    Restart,
}

/// Does it.
pub(crate) fn run(app: &App, kind: Kind, verb: Verb) -> Result<(), CliError> {
    let is_installed = Service::find(app, kind).file.is_some();
    let (action, done) = match verb {
        Verb::Uninstall => (Action::Uninstall, uninstall(app, kind, is_installed)),
        Verb::Start => (Action::Start, start(app, kind, is_installed)),
        Verb::Stop => (Action::Stop, stop(app, kind, is_installed)),
        Verb::Restart => (Action::Restart, restart(app, kind, is_installed)),
    };
    finish(app, kind, action, done)
}

fn uninstall(app: &App, kind: Kind, is_installed: bool) -> Result<Report, CliError> {
    if !is_installed {
        return Ok(not_loaded(kind));
    }
    let control = Control::reach(app, kind)?;
    control.perform(Doing::Uninstall)?;
    if let Some(file) = Names::of(app, Manager::of_host(), kind).file {
        fs::remove_file(&file).map_err(|error| {
            CliError::failure(format!("{} cannot be removed: {error}", file.display()))
        })?;
    }
    control.perform(Doing::Forget)?;
    let title = kind.title();
    Ok(Report::new(
        "uninstalled",
        format!("{title} service stopped and removed; its state is kept."),
    ))
}

fn start(app: &App, kind: Kind, is_installed: bool) -> Result<Report, CliError> {
    if !is_installed {
        return Err(not_installed(kind));
    }
    Control::reach(app, kind)?.perform(Doing::Start)?;
    Ok(done(kind, "started"))
}

fn restart(app: &App, kind: Kind, is_installed: bool) -> Result<Report, CliError> {
    if !is_installed {
        return Err(not_installed(kind));
    }
    Control::reach(app, kind)?.perform(Doing::Restart)?;
    Ok(done(kind, "restarted"))
}

/// Stops the service; and where none runs, the Gateway that somebody runs in a terminal with the
/// same state.
fn stop(app: &App, kind: Kind, is_installed: bool) -> Result<Report, CliError> {
    if is_installed {
        match Control::reach(app, kind) {
            Ok(control) => {
                let runs = control.runtime().is_ok_and(|runtime| is_busy(&runtime));
                if runs || kind != Kind::Gateway || !foreground::runs(app) {
                    control.perform(Doing::Stop)?;
                    return Ok(done(kind, "stopped"));
                }
            }
            Err(error) if kind != Kind::Gateway || !foreground::runs(app) => return Err(error),
            Err(_) => {}
        }
    }
    match kind {
        Kind::Gateway => foreground::stop(app),
        Kind::Node | Kind::Tunnel => Ok(not_loaded(kind)),
    }
}

/// Whether there is something to stop: it runs, or is about to.
fn is_busy(runtime: &Runtime) -> bool {
    !matches!(runtime.status.as_str(), "stopped" | "failed")
}

fn done(kind: Kind, result: &'static str) -> Report {
    Report::new(result, format!("{} service {result}.", kind.title()))
}

pub(super) fn not_loaded(kind: Kind) -> Report {
    let word = kind.word();
    Report::new(
        "not-loaded",
        format!("{} service not loaded.", kind.title()),
    )
    .hint(format!("openclaw {word} install makes it a service"))
    .hint(format!(
        "{} starts it in the foreground",
        kind.in_foreground()
    ))
}

fn not_installed(kind: Kind) -> CliError {
    let word = kind.word();
    CliError::failure(format!("no {word} service is installed"))
        .kind("service_not_installed")
        .field("result", "not-loaded")
        .hint(format!("openclaw {word} install makes it a service"))
        .hint(format!(
            "{} starts it in the foreground",
            kind.in_foreground()
        ))
}

/// `node status`.
pub(crate) fn node_status(app: &App) -> Result<(), CliError> {
    let service = Service::find(app, Kind::Node);
    let runtime = service.runtime(app, Kind::Node);
    if app.out.is_json() {
        let mut shown = json!({ "status": runtime.status });
        if let Some(pid) = runtime.pid {
            shown["pid"] = json!(pid);
        }
        return app.out.json(&json!({ "service": service.to_json(&shown) }));
    }
    let out = &app.out;
    out.line(format!("Service: {} ({})", service.label, service.state()))?;
    if let Some(file) = &service.file {
        out.line(format!("Service file: {}", out.path(file)))?;
    }
    let text = match runtime.pid {
        Some(pid) => format!("{} (pid {pid})", runtime.status),
        None => runtime.status,
    };
    out.line(format!("Runtime: {text}"))?;
    if service.file.is_none() {
        out.line("- openclaw node install makes it a service")?;
    }
    Ok(())
}
