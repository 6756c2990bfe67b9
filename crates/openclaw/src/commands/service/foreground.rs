//! A Gateway that is no service: it holds the lock of the state directory, and nothing else tells
//! that it is ours.
//!
//! A port tells nothing: whoever listens there may be somebody else's program, and a process
//! number may have gone to another process. So a process is told to stop only if it holds the
//! lock, and started when and as the lock says.

use openclaw_config::{LockRecord, StateLock, resolve_port};
use serde_json::json;

use super::report::Report;
use super::{Kind, verbs};
use crate::app::App;
use crate::commands::gateway::listeners;
use crate::error::CliError;

/// Whether a Gateway runs with this state.
pub(super) fn runs(app: &App) -> bool {
    held(app).is_ok_and(|record| record.is_some())
}

fn held(app: &App) -> Result<Option<LockRecord>, CliError> {
    let record = StateLock::record(app.paths.state_dir())
        .map_err(|error| CliError::failure(error.to_string()))?;
    Ok(record.filter(|record| record.is_held))
}

/// Stops it, or says who is there instead.
pub(super) fn stop(app: &App) -> Result<Report, CliError> {
    let Some(record) = held(app)? else {
        return nobody(app);
    };
    end(&record)?;
    Ok(Report::new(
        "stopped",
        format!("Gateway stopped (pid {}).", record.pid),
    ))
}

/// No Gateway of this state runs. Whoever has the port is left alone.
fn nobody(app: &App) -> Result<Report, CliError> {
    let loaded = app.try_load_config().ok();
    let configured = loaded
        .as_ref()
        .and_then(|loaded| loaded.config.gateway.port);
    let env = loaded.as_ref().map_or(&app.env, |loaded| &loaded.env);
    let profile = app.paths.profile().map(|profile| &profile.value);
    let port = resolve_port(None, env, configured, profile)
        .port
        .value
        .get();
    let found = listeners::on_port(port);
    if found.is_empty() {
        return Ok(verbs::not_loaded(Kind::Gateway));
    }
    let mut lines = vec![format!(
        "no Gateway runs with the state in {}; nothing was stopped",
        app.out.path(app.paths.state_dir())
    )];
    lines.push(format!("Port {port} belongs to:"));
    lines.extend(found.iter().map(|listener| format!("- {listener}")));
    Err(CliError::failure(lines.join("\n"))
        .kind("gateway_not_ours")
        .field("port", port)
        .field("listeners", json!(found))
        .hint("for a Gateway with another state: openclaw --profile NAME gateway stop")
        .hint("another program is ended by whoever started it"))
}

/// How long a Gateway may take to end.
#[cfg(target_os = "linux")]
const PATIENCE_SECONDS: i64 = 60;

/// Tells the process to stop and waits for its end. The process is held by a descriptor while its
/// identity is checked: no other process can come into its place between the two.
#[cfg(target_os = "linux")]
fn end(record: &LockRecord) -> Result<(), CliError> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    let pid = i32::try_from(record.pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| foreign(record))?;
    let failed = |error: rustix::io::Errno| {
        CliError::failure(format!(
            "pid {} cannot be told to stop: {error}",
            record.pid
        ))
    };
    let process = pidfd_open(pid, PidfdFlags::empty()).map_err(failed)?;
    if !record.is_signer() {
        return Err(foreign(record));
    }
    pidfd_send_signal(&process, Signal::TERM).map_err(failed)?;
    let mut watched = [PollFd::new(&process, PollFlags::IN)];
    let patience = Timespec {
        tv_sec: PATIENCE_SECONDS,
        tv_nsec: 0,
    };
    match poll(&mut watched, Some(&patience)) {
        Ok(0) => Err(CliError::failure(format!(
            "pid {} was told to stop and still runs after {PATIENCE_SECONDS} seconds",
            record.pid
        ))
        .hint("openclaw logs shows what it waits for")),
        Ok(_) => Ok(()),
        Err(error) => Err(CliError::failure(format!(
            "pid {} was told to stop; its end cannot be awaited: {error}",
            record.pid
        ))),
    }
}

/// Elsewhere nothing proves that a process is the one of the lock.
#[cfg(not(target_os = "linux"))]
fn end(record: &LockRecord) -> Result<(), CliError> {
    Err(CliError::failure(format!(
        "this system does not tell whether pid {} is the Gateway of {}",
        record.pid,
        record.path.display()
    ))
    .kind("gateway_not_ours")
    .hint("press Ctrl-C where it runs")
    .hint(format!("if it is the Gateway: kill -TERM {}", record.pid)))
}

#[cfg(target_os = "linux")]
fn foreign(record: &LockRecord) -> CliError {
    CliError::failure(format!(
        "pid {} is not the process that the lock {} names; nothing was stopped",
        record.pid,
        record.path.display()
    ))
    .kind("gateway_not_ours")
    .field("pid", record.pid)
    .hint("openclaw gateway status --deep shows who listens on the port")
    .hint("press Ctrl-C where the Gateway runs")
}
