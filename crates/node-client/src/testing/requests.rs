//! What a test's Gateway answers to the requests of its node.

use openclaw_protocol::frame::{self, RequestFrame};
use openclaw_protocol::methods::node::event::{NodeEvent, NodeEventParams};
use openclaw_protocol::methods::node::invoke::progress::{
    NodeInvokeProgress, NodeInvokeProgressParams,
};
use openclaw_protocol::methods::node::invoke::result::{NodeInvokeAnswer, NodeInvokeAnswerParams};
use openclaw_protocol::methods::node::pending::ack::{NodePendingAck, NodePendingAckParams};
use openclaw_protocol::methods::node::pending::drain::NodePendingDrain;
use openclaw_protocol::methods::node::pending::pull::NodePendingPull;
use openclaw_protocol::methods::node::plugin_tools::update::NodePluginToolsUpdate;
use openclaw_protocol::methods::node::skills::update::NodeSkillsUpdate;
use openclaw_protocol::{ErrorShape, Generation, Method, Raw};
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_json::value::RawValue;

use super::open::{Emitted, Open};

impl Open {
    /// The whole response to a request of this node.
    pub(super) fn respond(
        &mut self,
        request: &RequestFrame<'_>,
        node: &str,
        generation: Generation,
    ) -> String {
        let answer = self.answer_to(&request.method, request.params, node, generation);
        match answer.and_then(|payload| {
            frame::response_ok(&request.id, &payload).map_err(|error| unreadable(&error))
        }) {
            Ok(text) => text,
            Err(error) => frame::response_error(&request.id, &error),
        }
    }

    fn answer_to(
        &mut self,
        method: &str,
        params: Option<&Raw>,
        node: &str,
        generation: Generation,
    ) -> Result<serde_json::Value, Box<ErrorShape>> {
        let is_v4 = generation >= Generation::V4;
        match method {
            NodeInvokeAnswer::NAME => {
                let params: NodeInvokeAnswerParams = read(params)?;
                is_own(params.node_id.as_str(), node)?;
                Ok(match self.result(params) {
                    true => json!({"ok": true}),
                    false => json!({"ok": true, "ignored": true}),
                })
            }
            NodeEvent::NAME => {
                let params: NodeEventParams = read(params)?;
                let payload = match params.payload_json {
                    Some(text) => RawValue::from_string(text).ok(),
                    None => params.payload,
                };
                let event = params.event;
                let taken = Emitted {
                    event: event.clone(),
                    payload,
                };
                // A test that reads no events gets the first thousand later, and no more.
                let handled = self.events.try_send(taken).is_ok();
                Ok(if is_v4 {
                    json!({"ok": true, "event": event, "handled": handled})
                } else {
                    json!({"ok": true})
                })
            }
            NodeInvokeProgress::NAME if is_v4 => {
                let params: NodeInvokeProgressParams = read(params)?;
                is_own(params.node_id.as_str(), node)?;
                let due = self.progress(&params.invoke_id, params.seq, params.chunk);
                Ok(json!({"ok": true, "ignored": !due}))
            }
            NodePendingPull::NAME if is_v4 => Ok(json!({"nodeId": node, "actions": self.queued})),
            NodePendingAck::NAME if is_v4 => {
                let params: NodePendingAckParams = read(params)?;
                self.queued
                    .retain(|action| !params.ids.contains(&action.id));
                let left = self.queued.len();
                Ok(json!({"nodeId": node, "ackedIds": params.ids, "remainingCount": left}))
            }
            NodePendingDrain::NAME if is_v4 => {
                Ok(json!({"nodeId": node, "revision": 0, "items": [], "hasMore": false}))
            }
            NodePluginToolsUpdate::NAME if is_v4 => Ok(json!({"nodeId": node, "tools": []})),
            NodeSkillsUpdate::NAME if is_v4 => Ok(json!({"nodeId": node, "skills": []})),
            other => Err(refusal(format!("unknown method: {other}"))),
        }
    }
}

fn read<T: DeserializeOwned>(params: Option<&Raw>) -> Result<T, Box<ErrorShape>> {
    serde_json::from_str(params.map_or("null", Raw::get)).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Box<ErrorShape> {
    refusal(format!("invalid params: {error}"))
}

fn refusal(message: impl Into<String>) -> Box<ErrorShape> {
    Box::new(ErrorShape::invalid_request(message))
}

fn is_own(named: &str, node: &str) -> Result<(), Box<ErrorShape>> {
    if named == node {
        Ok(())
    } else {
        Err(refusal("nodeId mismatch"))
    }
}
