//! What the host tells a Gateway without being asked: that it is alive, and how the machine is.

use std::path::{Path, PathBuf};

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::{NodeHandle, NodeState};
use serde::Serialize;

use crate::core::off_thread;
use crate::stats::{EVENT, HostStats, INTERVAL};

/// Payload of `node.presence.alive`: `{trigger}`.
#[derive(Serialize)]
struct Alive {
    trigger: &'static str,
}

const ALIVE: &str = "node.presence.alive";

/// Reports on every connection, as long as it lasts. `disk` is on the file system to report.
///
/// A February Gateway knows neither event, so it gets none.
pub(crate) async fn report(node: NodeHandle, disk: PathBuf) {
    let mut state = node.watch();
    loop {
        let is_over = |state: &NodeState| state.is_stopped();
        let found = state
            .wait_for(|state| knows_events(state) || is_over(state))
            .await;
        if found.map_or(true, |state| is_over(&state)) {
            return;
        }
        tokio::select! {
            () = report_one_connection(&node, &disk) => {}
            // Only a change ends this: the loop then looks at what it is.
            _ = state.wait_for(|state| !knows_events(state)) => {}
        }
    }
}

async fn report_one_connection(node: &NodeHandle, disk: &Path) {
    say(node, ALIVE, &Alive { trigger: "connect" }).await;
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let disk = disk.to_owned();
        match off_thread(move || HostStats::sample(&disk)).await {
            Ok(Some(stats)) => say(node, EVENT, &stats).await,
            // A machine that does not say how it is will not say later either.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

fn knows_events(state: &NodeState) -> bool {
    matches!(state, NodeState::Online(online) if online.generation >= Generation::V4)
}

async fn say<T: Serialize>(node: &NodeHandle, event: &'static str, payload: &T) {
    match node.emit(event, payload).await {
        Ok(ack) => tracing::debug!(event, reason = ack.reason, "event delivered"),
        Err(error) => tracing::debug!(event, %error, "event not delivered"),
    }
}
