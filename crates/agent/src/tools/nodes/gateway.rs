//! What the tool needs of a Gateway.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::tool::untrusted;

/// Characters of a node's name that are shown.
const MAX_NAME: usize = 60;

/// The nodes of a Gateway. All rules of the Gateway about nodes and their commands hold for
/// what comes through here; approvals too.
#[async_trait]
pub trait NodeGateway: fmt::Debug + Send + Sync {
    /// The paired nodes.
    ///
    /// Errors: [`NodeFault`].
    async fn nodes(&self) -> Result<Vec<NodeSummary>, NodeFault>;

    /// Waits a while for a node that is away and expected back: after a restart of either side a
    /// run goes on before its nodes are there again. Returns at once for every other.
    async fn expect(&self, _node_id: &str) {}

    /// Runs a command of a node and waits for its answer.
    ///
    /// Errors: [`NodeFault`], which says whether the command may have run all the same.
    async fn invoke(&self, call: NodeCall) -> Result<NodeAnswer, NodeFault>;
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSummary {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Such as `ios`.
    pub platform: Option<String>,
    /// Where it connects from.
    pub remote_ip: Option<String>,
    /// It is connected now.
    pub connected: bool,
    /// What it offers in general.
    pub caps: Vec<String>,
    /// The commands that it declares and that the Gateway allows.
    pub commands: Vec<String>,
}

impl NodeSummary {
    /// How it is spoken of: its name is one short line, whoever chose it.
    pub(super) fn shown(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name: String = name.chars().filter(|one| !one.is_control()).collect();
        match name.is_empty() {
            true => self.id.chars().take(12).collect(),
            false => name.chars().take(MAX_NAME).collect(),
        }
    }

    /// As JSON for the model.
    pub(super) fn describe(&self) -> Value {
        json!({"nodeId": self.id, "name": self.name, "platform": self.platform,
               "connected": self.connected, "caps": self.caps, "commands": self.commands})
    }
}

/// A command for a node.
#[derive(Debug, Clone)]
pub struct NodeCall {
    /// On whose behalf.
    pub session_key: String,
    /// Which agent.
    pub agent_id: String,
    /// Which run.
    pub run_id: String,
    /// Which node.
    pub node_id: String,
    /// Which command.
    pub command: String,
    /// Its params, an object, as text that nobody re-writes.
    pub params: Box<RawValue>,
    /// How long the answer is waited for.
    pub timeout: Duration,
    /// The same for every try of this one call.
    pub idempotency_key: String,
    /// Ends when the call is taken back.
    pub cancel: CancellationToken,
}

/// What a node answers.
#[derive(Debug, Clone)]
pub struct NodeAnswer {
    /// The payload, as text that nobody re-writes.
    pub payload: Option<Box<RawValue>>,
}

/// A command did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFault {
    /// Such as `NOT_CONNECTED`.
    pub code: String,
    /// In words.
    pub message: String,
    /// The command reached the node: it may have taken effect.
    pub may_have_happened: bool,
    /// The words are the node's own, and not those of the Gateway.
    pub from_node: bool,
}

impl NodeFault {
    /// The words for the model. Those of a node are marked as written by somebody else; `node` is
    /// how it is spoken of.
    #[must_use]
    pub fn told(&self, node: &str) -> String {
        if !self.from_node {
            return self.message.clone();
        }
        let said = untrusted::wrap(&format!("node {node}"), &self.message);
        format!("the node says why:\n{said}\n")
    }
}
