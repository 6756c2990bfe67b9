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

/// What people were told last, of node and tunnel apart: the same is not said again, although a
/// node that cannot connect and its tunnel that is down take turns.
#[derive(Debug, Default)]
pub struct Said {
    node: Option<String>,
    tunnel: Option<String>,
}

impl Said {
    /// What to tell people of this; nothing where it is of no interest, or was just said.
    pub fn text(&mut self, news: &News<'_>) -> Option<String> {
        let text = harmless(&news.text()?);
        let last = match news {
            News::Tunnel(_) => &mut self.tunnel,
            News::Start { .. } | News::Node { .. } => &mut self.node,
        };
        if last.as_ref() == Some(&text) {
            return None;
        }
        *last = Some(text.clone());
        Some(text)
    }
}

/// A text that a Gateway had a hand in, for a terminal: control characters but line ends and tabs
/// are shown as U+FFFD, so that nobody moves the cursor, clears the screen or sets a title.
#[must_use]
pub fn harmless(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() && c != '\n' && c != '\t' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(shown).collect()
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
    use openclaw_ssh_tunnel::{TunnelError, TunnelState};
    use serde_json::json;

    use super::{News, Said};

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
    fn node_and_tunnel_that_take_turns_are_said_once_each() {
        let url = "ws://127.0.0.1:1".parse().unwrap();
        let state = NodeState::Offline {
            reason: "connection refused".to_owned(),
            retry_in: Duration::from_secs(1),
        };
        let offline = News::Node {
            state: &state,
            url: &url,
        };
        let down = TunnelState::Stopped {
            error: Some(TunnelError::LocalPortTaken { port: 1 }),
        };
        let down = News::Tunnel(&down);
        let mut said = Said::default();
        assert!(said.text(&offline).is_some() && said.text(&down).is_some());
        assert!(said.text(&offline).is_none() && said.text(&down).is_none());
        // Another reason is news.
        let state = NodeState::Offline {
            reason: "timed out".to_owned(),
            retry_in: Duration::from_secs(1),
        };
        let other = News::Node {
            state: &state,
            url: &url,
        };
        assert!(said.text(&other).is_some() && said.text(&offline).is_some());
    }

    #[test]
    fn a_gateway_does_not_write_to_the_terminal() {
        let url = "ws://127.0.0.1:1".parse().unwrap();
        let state = NodeState::WaitingForApproval {
            request_id: None,
            command: None,
            reason: "\u{1b}]0;x\u{7}wait\u{9b}2J".to_owned(),
            retry_in: Duration::from_secs(1),
        };
        let news = News::Node {
            state: &state,
            url: &url,
        };
        let text = Said::default().text(&news).unwrap();
        assert!(
            text.starts_with("\u{fffd}]0;x\u{fffd}wait\u{fffd}2J; run"),
            "{text}"
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
