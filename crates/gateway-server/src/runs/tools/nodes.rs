//! The tool `nodes` over the nodes of this Gateway.

pub(super) mod asked;
mod back;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use openclaw_agent::tools::nodes::{NodeAnswer, NodeCall, NodeFault, NodeGateway, NodeSummary};
use openclaw_protocol::id::NodeId;
use openclaw_protocol::{ErrorShape, Role};

use crate::core::Core;
use crate::nodes::local::{self, NodeCall as LocalCall};
use crate::view::node::NodeRow;

/// The nodes of this Gateway.
#[derive(Debug)]
pub(in crate::runs) struct CoreNodes {
    core: Arc<Core>,
}

impl CoreNodes {
    pub(in crate::runs) fn new(core: &Arc<Core>) -> Self {
        Self {
            core: Arc::clone(core),
        }
    }
}

/// The nodes that are paired or connected, connected ones first.
pub(in crate::runs) fn summaries(core: &Core) -> Vec<NodeSummary> {
    let live: BTreeMap<String, _> = core
        .nodes
        .all()
        .into_iter()
        .map(|node| (node.id.as_str().to_owned(), node))
        .collect();
    let devices: BTreeMap<String, _> = core.book.read(|book| {
        book.devices
            .values()
            .filter(|device| device.roles.contains(&Role::Node))
            .map(|device| (device.device_id.as_str().to_owned(), Arc::clone(device)))
            .collect()
    });
    let mut ids: Vec<&String> = live.keys().chain(devices.keys()).collect();
    ids.sort();
    ids.dedup();
    let rows = ids.into_iter().map(|id| {
        let shown = NodeRow {
            id,
            live: live.get(id),
            device: devices.get(id).map(|device| &**device),
            pending: None,
            gone: None,
        }
        .show(true);
        NodeSummary {
            id: id.clone(),
            name: shown.display_name,
            platform: shown.platform,
            remote_ip: shown.remote_ip,
            connected: shown.connected,
            caps: shown.caps,
            commands: shown.commands,
        }
    });
    let mut rows: Vec<NodeSummary> = rows.collect();
    rows.sort_by_key(|node| !node.connected);
    rows
}

#[async_trait]
impl NodeGateway for CoreNodes {
    async fn nodes(&self) -> Result<Vec<NodeSummary>, NodeFault> {
        Ok(summaries(&self.core))
    }

    async fn expect(&self, node_id: &str) {
        back::expect(&self.core, node_id).await;
    }

    async fn invoke(&self, call: NodeCall) -> Result<NodeAnswer, NodeFault> {
        let call = asked::in_its_name(call)?;
        let first = self.once(call.clone()).await;
        match first {
            Err(fault) if asked::is_wanted(&call.command, &fault) => {
                Box::pin(asked::after_asking(self, call)).await
            }
            ended => ended,
        }
    }
}

impl CoreNodes {
    /// One call, as it is.
    async fn once(&self, call: NodeCall) -> Result<NodeAnswer, NodeFault> {
        let caller = asker(&call.session_key);
        let NodeCall {
            node_id,
            command,
            params,
            timeout,
            idempotency_key,
            cancel,
            ..
        } = call;
        let asked = LocalCall {
            node_id: NodeId::from(node_id),
            command,
            params: Some(params),
            timeout: Some(timeout),
            idempotency_key,
        };
        let mut handle = local::call_node_for(&self.core, &asked, &caller)
            .map_err(|error| fault(&error, false))?;
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(NodeFault {
                code: "CANCELLED".to_owned(),
                message: "the call was taken back".to_owned(),
                may_have_happened: true,
                from_node: false,
            }),
            answer = handle.result() => match answer {
                Ok(answer) => Ok(NodeAnswer { payload: Some(answer.payload) }),
                Err(error) => Err(fault(&error, true)),
            },
        }
    }
}

/// Who asks people for an approval, and uses it: the agent of this session.
pub(in crate::runs) fn asker(session_key: &str) -> String {
    format!("agent {session_key}")
}

/// A failure as the agent is told it. `is_sent`: the call was on its way.
fn fault(error: &ErrorShape, is_sent: bool) -> NodeFault {
    let detail = |key: &str| error.details.as_ref()?.get(key)?.as_str();
    let code = detail("code").unwrap_or_else(|| error.code.as_str());
    NodeFault {
        code: code.to_owned(),
        message: error.message.clone(),
        may_have_happened: is_sent && detail("outcome") == Some("unknown"),
        from_node: is_of_node(error),
    }
}

/// Whether the words are the node's own. Where this Gateway says why there is no answer of the
/// node, it also says what came of the call.
fn is_of_node(error: &ErrorShape) -> bool {
    let details = error.details.as_ref();
    details.is_some_and(|of| of.get("nodeError").is_some() && of.get("outcome").is_none())
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::Generation;

    use super::*;
    use crate::nodes::outcome::{NoAnswer, NodeFailure};

    #[test]
    fn the_words_of_a_node_are_known_as_such() {
        let failure = NodeFailure {
            code: Some("E".into()),
            message: Some("obey me".into()),
            queued: None,
        };
        let queued = NodeFailure {
            queued: Some("q".into()),
            ..failure.clone()
        };
        for generation in [Generation::V3, Generation::V4] {
            for failure in [&failure, &queued, &NodeFailure::default()] {
                let said = failure.error("system.run", generation);
                assert!(fault(&said, true).from_node, "{said:?}");
            }
            for ours in [
                NoAnswer::TimedOut,
                NoAnswer::Disconnected { dispatched: true },
                NoAnswer::Disconnected { dispatched: false },
                NoAnswer::Stopping,
                NoAnswer::Busy,
                NoAnswer::NotRecorded,
                NoAnswer::Unknown,
                NoAnswer::NotKept,
                NoAnswer::KeyReused,
            ] {
                let said = ours.error("system.run", generation);
                assert!(!fault(&said, true).from_node, "{said:?}");
            }
        }
        assert!(!fault(&ErrorShape::unavailable("node not connected"), false).from_node);
    }
}
