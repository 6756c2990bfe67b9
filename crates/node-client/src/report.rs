//! Reports that Gateways know by name: a node is alive, and how its machine is.

use openclaw_protocol::methods::node::host_stats::HostStats;
use serde::Serialize;

use crate::{EventAck, NodeHandle, SendError};

/// Why a node says that it is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AliveTrigger {
    /// It has connected.
    Connect,
    /// It works in the background.
    Background,
    /// A silent push woke it.
    SilentPush,
    /// Its platform refreshed it.
    BgAppRefresh,
    /// It was moved.
    SignificantLocation,
    /// A person asked it to.
    Manual,
}

/// Payload of `node.presence.alive`.
#[derive(Serialize)]
struct Alive {
    trigger: AliveTrigger,
}

const PRESENCE_ALIVE: &str = "node.presence.alive";
const HOST_STATS: &str = "node.host.stats";

impl NodeHandle {
    /// Says that the node is alive (`node.presence.alive`). Gateways of protocol 4 note the time,
    /// which `nodes status` shows as last seen; those of protocol 3 take no notice.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn presence_alive(&self, trigger: AliveTrigger) -> Result<EventAck, SendError> {
        self.emit(PRESENCE_ALIVE, &Alive { trigger }).await
    }

    /// Says how the node's machine is (`node.host.stats`), by custom once a minute. Bytes are
    /// bytes, loads are those of 1, 5 and 15 minutes.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn host_stats(&self, stats: &HostStats) -> Result<EventAck, SendError> {
        self.emit(HOST_STATS, stats).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Alive, AliveTrigger};

    #[test]
    fn triggers_are_spelled_as_gateways_know_them() {
        for (trigger, word) in [
            (AliveTrigger::Connect, "connect"),
            (AliveTrigger::Background, "background"),
            (AliveTrigger::SilentPush, "silent_push"),
            (AliveTrigger::BgAppRefresh, "bg_app_refresh"),
            (AliveTrigger::SignificantLocation, "significant_location"),
            (AliveTrigger::Manual, "manual"),
        ] {
            let text = serde_json::to_string(&Alive { trigger }).unwrap();
            assert_eq!(text, format!(r#"{{"trigger":"{word}"}}"#));
        }
    }
}
