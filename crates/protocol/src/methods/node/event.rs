//! `node.event`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::invalid::Problems;
use crate::{Access, Method};

/// Something that happened on a node.
///
/// Known in both generations: `voice.transcript`, `agent.request`, `chat.subscribe`,
/// `chat.unsubscribe`, `exec.started`, `exec.finished`, `exec.denied`; in protocol 4 also
/// `node.presence.alive`, `node.presence.activity` and `node.host.stats`.
/// Shape: `{event, payload?, payloadJSON?}` → `{ok}`; since protocol 4 `{ok, event, handled,
/// reason?}`.
/// Units: none.
/// Errors: none for unknown events; they are acknowledged.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum NodeEvent {}

impl Method for NodeEvent {
    const NAME: &'static str = "node.event";
    const ACCESS: Access = Access::Node;
    type Params = NodeEventParams;
    type Result = NodeEventResult;

    fn check(params: &NodeEventParams, problems: &mut Problems) {
        problems.not_empty("/event", &params.event);
    }
}

/// Params of [`NodeEvent`].
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeEventParams {
    /// What happened.
    pub event: String,
    /// More about it, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Box<RawValue>>,
    /// The same as text; wins over `payload`.
    #[serde(
        rename = "payloadJSON",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub payload_json: Option<String>,
}

impl NodeEventParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(event: String) -> Self {
        Self {
            event,
            payload: None,
            payload_json: None,
        }
    }
}

/// Result of [`NodeEvent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeEventResult {
    /// Always true.
    pub ok: bool,
    /// What happened. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Whether anything came of it. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// Why or why not: `unsupported_event`, `updated`, `stale_connection`, …. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl NodeEventResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(ok: bool) -> Self {
        Self {
            ok,
            event: None,
            handled: None,
            reason: None,
        }
    }
}
