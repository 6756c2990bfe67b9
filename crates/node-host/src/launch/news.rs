//! What a node host says while it runs: a text for people, an object for programs.

use openclaw_connect::GatewayUrl;
use openclaw_daemon::time::{millis, span};
use openclaw_node_client::NodeState;
use openclaw_ssh_tunnel::TunnelState;
use serde_json::{Value, json};

use super::tunnel_line;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum News<'a> {
    /// The host starts.
    Start {
        /// The id by which the Gateway knows the node.
        node_id: &'a str,
        /// Its name.
        display_name: &'a str,
        /// Its Gateway.
        url: &'a GatewayUrl,
    },
    /// The node is in another state.
    Node {
        /// Which one.
        state: &'a NodeState,
        /// Its Gateway.
        url: &'a GatewayUrl,
    },
    /// The tunnel is in another state.
    Tunnel(&'a TunnelState),
}

impl News<'_> {
    /// For people; nothing where it is of no interest.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Start {
                node_id,
                display_name,
                url,
            } => Some(format!("node {display_name} ({node_id}) for {url}")),
            Self::Node { state, url } => node_text(state, url),
            Self::Tunnel(state) => tunnel_line::text(state),
        }
    }

    /// For programs: `{event, …}`; nothing where it is of no interest.
    #[must_use]
    pub fn to_json(&self) -> Option<Value> {
        match self {
            Self::Start {
                node_id,
                display_name,
                url,
            } => Some(json!({
                "event": "start", "nodeId": node_id, "displayName": display_name,
                "url": url.to_string(),
            })),
            Self::Node { state, .. } => Some(node_json(state)),
            Self::Tunnel(state) => tunnel_line::as_json(state),
        }
    }
}

fn node_text(state: &NodeState, url: &GatewayUrl) -> Option<String> {
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

fn node_json(state: &NodeState) -> Value {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use openclaw_node_client::NodeState;
    use serde_json::json;

    use super::News;

    #[test]
    fn a_gateway_that_is_away_is_said_with_the_next_attempt() {
        let url = "ws://127.0.0.1:1".parse().unwrap();
        let state = NodeState::Offline {
            reason: "connection refused".to_owned(),
            retry_in: Duration::from_millis(1500),
        };
        let news = News::Node {
            state: &state,
            url: &url,
        };
        assert_eq!(
            news.text().unwrap(),
            "node host gateway connect failed: connection refused; trying again in 1s"
        );
        assert_eq!(
            news.to_json().unwrap(),
            json!({"event": "offline", "reason": "connection refused", "retryInMs": 1500})
        );
    }

    #[test]
    fn what_is_on_its_way_is_of_no_interest_to_people() {
        let url = "ws://127.0.0.1:1".parse().unwrap();
        let news = News::Node {
            state: &NodeState::Stopped,
            url: &url,
        };
        assert_eq!(news.text(), None);
        assert_eq!(news.to_json(), Some(json!({"event": "stopped"})));
    }
}
