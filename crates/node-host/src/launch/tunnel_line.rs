//! One line about the state of a tunnel, for people and for programs.

use openclaw_daemon::time::{millis, span};
use openclaw_remote::tunnel::failure_kind;
use openclaw_ssh_tunnel::TunnelState;
use serde_json::{Value, json};

/// For people; nothing while it is on its way up.
#[must_use]
pub fn text(state: &TunnelState) -> Option<String> {
    match state {
        TunnelState::Up(up) => Some(format!(
            "tunnel up at {} (ssh pid {}{})",
            up.local_addr,
            up.pid,
            if up.is_shared {
                ", kept by another process"
            } else {
                ""
            }
        )),
        TunnelState::Down { error, retry_in } => {
            let mut text = format!("tunnel down: {error}");
            if let Some(hint) = error.hint() {
                text.push_str(&format!("\n  {hint}"));
            }
            if let Some(retry_in) = retry_in {
                text.push_str(&format!("\n  trying again in {}", span(*retry_in)));
            }
            Some(text)
        }
        TunnelState::Stopped { error: Some(error) } => Some(format!("tunnel ended: {error}")),
        _ => None,
    }
}

/// For programs: `{event, …}`; nothing while it is on its way up.
#[must_use]
pub fn as_json(state: &TunnelState) -> Option<Value> {
    match state {
        TunnelState::Up(up) => Some(json!({
            "event": "tunnel-up",
            "localPort": up.local_addr.port(),
            "sshPid": up.pid,
            "shared": up.is_shared,
        })),
        TunnelState::Down { error, retry_in } => Some(json!({
            "event": "tunnel-down",
            "reason": failure_kind(error),
            "error": error.to_string(),
            "hint": error.hint(),
            "retryInMs": retry_in.map(millis),
        })),
        TunnelState::Stopped { error: Some(error) } => Some(json!({
            "event": "tunnel-ended",
            "reason": failure_kind(error),
            "error": error.to_string(),
        })),
        _ => None,
    }
}
