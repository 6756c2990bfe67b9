//! `openclaw tunnel down`: ends what `tunnel up` keeps, and nothing else.
//!
//! Only a process that holds the lock of the record is ever signalled: the record is then its
//! own, and the process id in it belongs to nobody else.

use std::time::Duration;

use openclaw_remote::tunnel::{self, Kept, KeptPurpose};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{as_json, named};
use crate::app::App;
use crate::cli::tunnel::TunnelDownArgs;
use crate::error::CliError;
use crate::runtime;

/// How long a keeper may take to end its `ssh` and itself.
const WITHIN: Duration = Duration::from_secs(10);

/// How often it is looked at; it is no child of ours.
const POLL: Duration = Duration::from_millis(50);

/// Ends the named tunnel, or every one.
pub(super) fn run(app: &App, args: &TunnelDownArgs) -> Result<(), CliError> {
    let wanted = meant(app, args)?;
    if let Some(kept) = wanted.iter().find(|kept| kept.purpose == KeptPurpose::Node) {
        return Err(CliError::failure(format!(
            "the tunnel to {} belongs to the node that runs as process {}",
            named(kept),
            kept.pid
        ))
        .kind("tunnel_not_ours")
        .field("details", as_json(kept))
        .hint("openclaw node stop"));
    }
    runtime::one_shot()?.block_on(async {
        for kept in &wanted {
            end(app, kept).await?;
        }
        Ok::<(), CliError>(())
    })?;
    if app.out.is_json() {
        let ended: Vec<Value> = wanted.iter().map(as_json).collect();
        return app.out.json(&json!({ "ok": true, "ended": ended }));
    }
    if wanted.is_empty() {
        return app.out.line("No tunnel is kept.");
    }
    wanted
        .iter()
        .try_for_each(|kept| app.out.line(format!("Tunnel to {} ended", named(kept))))
}

fn meant(app: &App, args: &TunnelDownArgs) -> Result<Vec<Kept>, CliError> {
    if args.target.ssh.is_some() || args.target.port.is_some() {
        let plan = super::plan(app, &args.target)?;
        return Ok(tunnel::kept(&plan).into_iter().collect());
    }
    let mut all = tunnel::kept_by_all(app.paths.state_dir());
    // Those of nodes are not asked for unless they are named.
    all.retain(|kept| kept.purpose == KeptPurpose::Tunnel);
    Ok(all)
}

async fn end(app: &App, kept: &Kept) -> Result<(), CliError> {
    if !lives(app, kept) {
        return Ok(());
    }
    let pid = i32::try_from(kept.pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        kill_process(pid, Signal::TERM).map_err(|error| {
            CliError::failure(format!(
                "process {} cannot be told to end: {error}",
                kept.pid
            ))
        })?;
    }
    let deadline = Instant::now() + WITHIN;
    while lives(app, kept) {
        if Instant::now() >= deadline {
            return Err(CliError::failure(format!(
                "process {} still keeps the tunnel to {}",
                kept.pid,
                named(kept)
            )));
        }
        sleep(POLL).await;
    }
    Ok(())
}

/// Whether this very keeper is still there.
fn lives(app: &App, kept: &Kept) -> bool {
    tunnel::kept_by_all(app.paths.state_dir())
        .iter()
        .any(|other| other.pid == kept.pid && other.since_ms == kept.since_ms)
}
