//! `openclaw tunnel up`: begins a tunnel that outlives this command.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use openclaw_remote::tunnel::{self, Kept, KeptPurpose, KeptState};
use openclaw_remote::{Target, TunnelPlan};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::{as_json, named, target};
use crate::app::App;
use crate::cli::tunnel::TunnelUpArgs;
use crate::error::CliError;
use crate::runtime;

/// How long the first attempt may take without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(35);

/// How often its record is looked at.
const POLL: Duration = Duration::from_millis(50);

/// How long a keeper that failed may take to end.
const END_WITHIN: Duration = Duration::from_secs(5);

/// A log that is larger is begun anew.
const LOG_BYTES: u64 = 1024 * 1024;

/// Starts it, and says where it is once it is up. One that is up already is just shown.
pub(super) fn run(app: &App, args: &TunnelUpArgs) -> Result<(), CliError> {
    let (target, plan) = target(app, &args.tunnel)?;
    if let Some(kept) = tunnel::kept(&plan) {
        return there_already(app, args, &kept);
    }
    let limit = args.timeout.unwrap_or(TIMEOUT);
    let log = tunnel::log_file(&plan);
    runtime::one_shot()?.block_on(async {
        let mut child = start(app, args, &plan, &log)?;
        match wait(&mut child, &plan, limit).await {
            Ok(kept) => shown(app, &target, &kept, &log, true),
            Err(error) => {
                end(&mut child).await;
                Err(error.field("log", log.display().to_string()))
            }
        }
    })
}

fn there_already(app: &App, args: &TunnelUpArgs, kept: &Kept) -> Result<(), CliError> {
    let other_port = args
        .tunnel
        .local_port
        .is_some_and(|port| kept.local_port != Some(port.get()));
    if kept.state != KeptState::Up || other_port || kept.purpose != KeptPurpose::Tunnel {
        let how = match (kept.purpose, &kept.error) {
            (KeptPurpose::Node, _) => "a node keeps it for itself".to_owned(),
            (_, Some(error)) => format!("it is down: {error}"),
            _ if other_port => "it is on another near port".to_owned(),
            _ => "it is on its way up".to_owned(),
        };
        return Err(CliError::failure(format!(
            "the tunnel to {} is kept already, by process {}: {how}",
            named(kept),
            kept.pid
        ))
        .kind("tunnel_taken")
        .field("details", as_json(kept))
        .hint("openclaw tunnel status"));
    }
    if app.out.is_json() {
        return app
            .out
            .json(&json!({ "ok": true, "started": false, "tunnel": as_json(kept) }));
    }
    app.out.line(format!(
        "Tunnel is up already: 127.0.0.1:{} leads to {}",
        kept.local_port.unwrap_or_default(),
        named(kept)
    ))
}

fn start(app: &App, args: &TunnelUpArgs, plan: &TunnelPlan, log: &Path) -> Result<Child, CliError> {
    let failed = |what: &str, error: io::Error| CliError::failure(format!("{what}: {error}"));
    let directory = log.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(|error| failed("no directory for the log", error))?;
    let is_long = fs::metadata(log).is_ok_and(|file| file.len() > LOG_BYTES);
    let out = OpenOptions::new()
        .create(true)
        .append(!is_long)
        .write(true)
        .truncate(is_long)
        .mode(0o600)
        .open(log)
        .map_err(|error| failed("the log cannot be written", error))?;
    let program = std::env::current_exe().map_err(|error| failed("this program", error))?;
    let mut command = Command::new(program);
    command.args(["tunnel", "up", "--foreground", "--no-color"]);
    command.arg(format!("--ssh={}", plan.ssh_target()));
    command.arg(format!("--port={}", plan.spec.remote_port()));
    if let Some(profile) = &app.global.profile {
        command.arg(format!("--profile={profile}"));
    }
    if app.global.dev {
        command.arg("--dev");
    }
    for (option, value) in [
        (
            "--local-port",
            args.tunnel.local_port.map(|port| port.to_string()),
        ),
        ("--tls-fingerprint", args.tunnel.tls_fingerprint.clone()),
    ] {
        command.args(value.map(|value| format!("{option}={value}")));
    }
    if let Some(file) = &args.tunnel.ssh_identity {
        command.arg("--ssh-identity").arg(file);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(out)
        .process_group(0)
        .spawn()
        .map_err(|error| failed("the tunnel's process cannot be started", error))
}

/// Waits until its record says how the first attempt came out.
async fn wait(child: &mut Child, plan: &TunnelPlan, limit: Duration) -> Result<Kept, CliError> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(kept) = tunnel::kept(plan).filter(|kept| Some(kept.pid) == child.id()) {
            match kept.state {
                KeptState::Up => return Ok(kept),
                KeptState::Down => return Err(is_down(&kept)),
                _ => {}
            }
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(CliError::failure(format!(
                "the tunnel's process ended at once ({status})"
            ))
            .kind("ssh_tunnel_error")
            .hint("openclaw tunnel logs"));
        }
        if Instant::now() >= deadline {
            let text = format!("the tunnel did not stand within {} s", limit.as_secs());
            return Err(CliError::failure(text)
                .kind("ssh_tunnel_error")
                .field("details", json!({ "reason": "timeout" })));
        }
        sleep(POLL).await;
    }
}

fn is_down(kept: &Kept) -> CliError {
    let message = kept.error.clone().unwrap_or_default();
    let error = CliError::failure(message).kind("ssh_tunnel_error").field(
        "details",
        json!({
            "reason": kept.reason, "target": kept.target, "remotePort": kept.remote_port,
        }),
    );
    match &kept.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Ends the process that was just started: what failed at first leaves nothing behind.
async fn end(child: &mut Child) {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // It may have ended by now.
        let _ = kill_process(pid, Signal::TERM);
    }
    if timeout(END_WITHIN, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

fn shown(
    app: &App,
    target: &Target,
    kept: &Kept,
    log: &Path,
    started: bool,
) -> Result<(), CliError> {
    let port = kept.local_port.unwrap_or_default();
    let url = target.at(([127, 0, 0, 1], port).into()).info.url;
    if app.out.is_json() {
        return app.out.json(&json!({
            "ok": true,
            "started": started,
            "url": url.to_string(),
            "log": log.display().to_string(),
            "tunnel": as_json(kept),
        }));
    }
    app.out
        .line(format!("Tunnel up: {url} leads to {}", named(kept)))?;
    app.out.line(format!(
        "It stays until `openclaw tunnel down` (pid {})",
        kept.pid
    ))
}
