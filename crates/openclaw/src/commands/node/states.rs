//! What the node says while it runs: for people on stderr, for programs a line each on stdout.

use openclaw_connect::GatewayUrl;
use openclaw_node_client::{NodeHandle, NodeState};
use openclaw_node_host::NodeHost;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::error::CliError;
use crate::render::Output;
use crate::render::time::{millis, span};

/// Follows the states of a node.
#[derive(Debug)]
pub(crate) struct States<'a> {
    out: &'a Output,
    url: GatewayUrl,
    states: watch::Receiver<NodeState>,
    last: Option<String>,
}

impl<'a> States<'a> {
    /// The states of this node at this Gateway.
    pub(crate) fn new(out: &'a Output, handle: &NodeHandle, url: GatewayUrl) -> Self {
        Self {
            out,
            url,
            states: handle.watch(),
            last: None,
        }
    }

    /// Says which node this is.
    pub(crate) fn begin(&self, host: &NodeHost) -> Result<(), CliError> {
        let (id, name) = (
            host.node().node_id(),
            host.node_file().display_name().unwrap_or("node"),
        );
        if self.out.is_json() {
            return self.out.json_line(&json!({
                "event": "start", "nodeId": id, "displayName": name, "url": self.url.to_string(),
            }));
        }
        self.out
            .note(format!("node {name} ({id}) for {}", self.url));
        Ok(())
    }

    /// Waits for another state.
    pub(crate) async fn changed(&mut self) {
        if self.states.changed().await.is_err() {
            // The node is gone; its own end is what is waited for then.
            std::future::pending::<()>().await;
        }
    }

    /// Says the state, unless it was just said.
    pub(crate) fn print(&mut self) -> Result<(), CliError> {
        let state = self.states.borrow_and_update().clone();
        if self.out.is_json() {
            return self.out.json_line(&as_json(&state));
        }
        let Some(text) = text(&state, &self.url) else {
            return Ok(());
        };
        if self.last.as_ref() != Some(&text) {
            self.out.note(&text);
            self.last = Some(text);
        }
        Ok(())
    }
}

fn text(state: &NodeState, url: &GatewayUrl) -> Option<String> {
    match state {
        NodeState::Online(_) => Some(format!("node host gateway connected: {url}")),
        NodeState::WaitingForApproval {
            command, reason, ..
        } => {
            let command = command.as_deref().unwrap_or("openclaw devices list");
            Some(format!(
                "{reason}; run `{command}` on the gateway, then this node connects by itself"
            ))
        }
        NodeState::Offline { reason, retry_in } => Some(format!(
            "node host gateway connect failed: {reason}; trying again in {}",
            span(*retry_in)
        )),
        _ => None,
    }
}

fn as_json(state: &NodeState) -> Value {
    match state {
        NodeState::Online(online) => json!({
            "event": "online",
            "nodeId": online.node_id,
            "protocol": online.generation.number(),
            "serverVersion": online.server_version,
        }),
        NodeState::WaitingForApproval {
            request_id,
            command,
            reason,
            retry_in,
        } => json!({
            "event": "waiting-for-approval",
            "requestId": request_id,
            "command": command,
            "reason": reason,
            "retryInMs": millis(*retry_in),
        }),
        NodeState::Offline { reason, retry_in } => {
            json!({ "event": "offline", "reason": reason, "retryInMs": millis(*retry_in) })
        }
        NodeState::Stopped => json!({ "event": "stopped" }),
        _ => json!({ "event": "connecting" }),
    }
}
