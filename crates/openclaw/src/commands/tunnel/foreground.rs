//! `openclaw tunnel up --foreground`: keeps a tunnel until it is told to stop.

use openclaw_remote::tunnel::{KeeperError, StayingTunnel};
use openclaw_ssh_tunnel::TunnelState;

use openclaw_node_host::launch::tunnel_line as line;

use super::{as_json, named, target};
use crate::app::App;
use crate::cli::tunnel::TunnelUpArgs;
use crate::clock;
use crate::error::CliError;
use crate::render::time;
use crate::runtime;
use openclaw_daemon::notify::{self, State};
use openclaw_daemon::signals::{Hangup, Stop};

/// Keeps the tunnel. Ends by itself only where trying again is of no use.
pub(super) fn run(app: &App, args: &TunnelUpArgs) -> Result<(), CliError> {
    let (target, plan) = target(app, &args.tunnel)?;
    let failed = |error| CliError::failure(format!("signals cannot be received: {error}"));
    runtime::one_shot()?.block_on(async {
        let mut stop = Stop::listen().map_err(failed)?;
        // The terminal that began it may go.
        let _hangup = Hangup::listen().map_err(failed)?;
        let exactly = args.tunnel.local_port.map(Into::into);
        let tunnel = StayingTunnel::keep(&target, &plan, exactly)
            .await
            .map_err(|error| refused(&error))?;
        let mut state = tunnel.state();
        notify::tell(&app.env, State::Ready);
        loop {
            let now = state.borrow_and_update().clone();
            say(app, &now)?;
            if let TunnelState::Stopped { error } = now {
                tunnel.stop().await;
                let why = error.map(|error| error.to_string());
                return Err(CliError::config(why.unwrap_or_default()));
            }
            tokio::select! {
                // The sender lives in the tunnel.
                Ok(()) = state.changed() => {}
                signal = stop.wait() => {
                    tracing::info!(signal, "stopping");
                    notify::tell(&app.env, State::Stopping);
                    tunnel.stop().await;
                    return Ok(());
                }
            }
        }
    })
}

fn say(app: &App, state: &TunnelState) -> Result<(), CliError> {
    if app.out.is_json() {
        return match line::as_json(state) {
            Some(event) => app.out.json_line(&event),
            None => Ok(()),
        };
    }
    if let Some(text) = line::text(state) {
        app.out
            .note(format!("{} {text}", time::iso(clock::now_ms())));
    }
    Ok(())
}

/// Why the tunnel cannot be kept.
pub(super) fn refused(error: &KeeperError) -> CliError {
    match error {
        KeeperError::Taken(kept) => CliError::failure(error.to_string())
            .kind("tunnel_taken")
            .field("details", as_json(kept))
            .hint(format!("openclaw tunnel status shows {}", named(kept))),
        _ => CliError::config(error.to_string())
            .kind("tunnel_state_failed")
            .hint("the state directory must be this user's: openclaw doctor"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use openclaw_remote::tunnel::{KeeperError, Kept};
    use serde_json::json;

    use super::refused;
    use crate::render::failure::catalogue::{Sample, shown};

    const SOURCE: &str = include_str!("../../../../remote/src/tunnel/keeper.rs");

    #[test]
    fn every_tunnel_that_cannot_be_kept() {
        let kept: Kept = serde_json::from_value(json!({
            "pid": 4711, "target": "ann@pi", "remotePort": 18789, "purpose": "tunnel",
            "sinceMs": 0, "state": "up",
        }))
        .unwrap();
        let samples = [
            KeeperError::Taken(Box::new(kept)),
            KeeperError::File {
                doing: "lock",
                path: "/nonexistent/u/.openclaw/tunnels/kept/x.lock".into(),
                source: Error::from(ErrorKind::PermissionDenied),
            },
            KeeperError::Cut("cancelled".to_owned()),
        ]
        .map(|error| Sample::new(error, |error| refused(&error)));
        insta::assert_snapshot!(shown(SOURCE, "KeeperError", &samples));
    }
}
