//! A node that left a moment ago and is about to come back: after a restart of the Gateway, of the
//! node, or of the network between them, a run goes on before its nodes are there again.

use std::time::Duration;

use tokio::time::timeout;

use crate::clock::{as_millis, now_ms};
use crate::core::Core;

/// How long a node is waited for: nodes of both generations try again after one second, and then
/// after two, four and eight.
const WAIT: Duration = Duration::from_secs(10);
/// How long ago it may have left.
const LEFT: Duration = Duration::from_secs(60);

/// Waits until the node is there, or it takes too long. Returns at once if it was not here a moment
/// ago.
pub(super) async fn expect(core: &Core, node: &str) {
    if was_here(core, node) {
        let _ = timeout(WAIT, core.nodes.arrival(node)).await;
    }
}

/// Whether the node's connection ended a moment ago, or this Gateway began a moment ago and has not
/// seen the node yet.
fn was_here(core: &Core, node: &str) -> bool {
    let ago_ms = match core.nodes.gone(node) {
        Some(gone) => now_ms().saturating_sub(gone.at_ms),
        None if core.book.device(node).is_some() => core.uptime_ms(),
        None => return false,
    };
    ago_ms <= as_millis(LEFT)
}
