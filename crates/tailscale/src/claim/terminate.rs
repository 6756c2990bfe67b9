//! Signals to a process group, also to one that runs as root.

use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::program::Program;
use crate::run;

const KILL: &str = "/bin/kill";

/// Signals the group; through `sudo -n` where it runs as root and this user may not. Whether it
/// arrived shows in what the group does.
pub(super) async fn signal_group(
    group: Pid,
    signal: Signal,
    sudo: Option<&Program>,
    limit: Duration,
) {
    let Err(Errno::PERM) = kill_process_group(group, signal) else {
        return;
    };
    let name = if signal == Signal::KILL {
        "KILL"
    } else {
        "TERM"
    };
    let number = format!("-{}", group.as_raw_nonzero());
    let args = ["-s", name, "--", &number];
    let command = sudo.and_then(|program| program.as_root(Path::new(KILL), &args));
    let sent = match command {
        Some(command) => run::run(command, limit, 4096).await.ok(),
        None => None,
    };
    if sent.is_none_or(|answer| answer.code != Some(0)) {
        tracing::warn!(
            pid = group.as_raw_nonzero(),
            "may not end this `tailscale`, which runs as root; {}",
            crate::error::OPERATOR_REMEDY
        );
    }
}
