//! Calls to nodes from inside this process: with progress, input, and an end that is certain.

use std::sync::Arc;
use std::time::Duration;

use openclaw_protocol::events::node::invoke::input::{NodeInvokeInput, NodeInvokeInputPayload};
use openclaw_protocol::frame::EventText;
use openclaw_protocol::id::NodeId;
use openclaw_protocol::{ErrorShape, Event as _, Generation, Raw};
use tokio::sync::{mpsc, oneshot};

use crate::approvals::run::{self as approvals, SYSTEM_RUN};
use crate::clock::as_millis;
use crate::core::Core;
use crate::nodes::dispatch::{self, Ask, Waits};
use crate::nodes::outcome::Answered;
use crate::nodes::reply::Reply;

/// A call to a node, from the program that embeds the Gateway.
#[derive(Debug)]
pub struct NodeCall {
    /// Which node.
    pub node_id: NodeId,
    /// Which of its commands.
    pub command: String,
    /// What the command takes; passed on as it is.
    pub params: Option<Box<Raw>>,
    /// How long to wait; `None` means 30 seconds.
    pub timeout: Option<Duration>,
    /// The node runs one command for one key. Make a new one for every call, and the same one to
    /// ask again about a call whose end is not known.
    pub idempotency_key: String,
}

impl NodeCall {
    /// A call without params, with a key of its own.
    #[must_use]
    pub fn new(node_id: NodeId, command: impl Into<String>) -> Self {
        Self {
            node_id,
            command: command.into(),
            params: None,
            timeout: None,
            idempotency_key: uuid::Uuid::new_v4().to_string(),
        }
    }
}

/// A call on its way. Dropped before its end, it is taken back: the node is told.
pub struct NodeCallHandle {
    core: Arc<Core>,
    /// `None` for a call that was answered at once.
    waits: Option<Waits>,
    result: Option<oneshot::Receiver<Result<Arc<Answered>, ErrorShape>>>,
    progress: mpsc::Receiver<Box<str>>,
    inputs: u64,
}

/// What a node gave.
#[derive(Debug, Clone)]
pub struct NodeAnswer {
    /// As JSON; `null` where it gave nothing.
    pub payload: Box<Raw>,
}

/// Pieces of output that wait for the caller; more are left out, and the node is told.
const PROGRESS: usize = 64;
/// Most characters of one input.
const MAX_INPUT: usize = 16_384;
/// Whose keys these are.
const CALLER: &str = "gateway";

/// Begins a call of the program that embeds the Gateway.
pub(crate) fn call_node(
    core: &Arc<Core>,
    call: &NodeCall,
) -> Result<NodeCallHandle, Box<ErrorShape>> {
    call_node_for(core, call, CALLER)
}

/// Begins a call for somebody, whose keys and approvals are their own. What params say of an
/// approval counts here no more than on the wire.
pub(crate) fn call_node_for(
    core: &Arc<Core>,
    call: &NodeCall,
    caller: &str,
) -> Result<NodeCallHandle, Box<ErrorShape>> {
    let node = dispatch::target(
        core,
        call.node_id.as_str(),
        &call.command,
        Generation::NEWEST,
    )
    .map_err(|fault| Box::new(fault.error().clone()))?;
    let (result, answer) = oneshot::channel();
    let (pieces, progress) = mpsc::channel(PROGRESS);
    let given = call.params.as_deref().map(Raw::get);
    let settled = given
        .filter(|_| call.command == SYSTEM_RUN)
        .map(|params| {
            let run = approvals::Call {
                caller,
                key: &call.idempotency_key,
                node: call.node_id.as_str(),
            };
            approvals::settle(&core.approvals, run, params)
        })
        .transpose()
        .map_err(|fault| Box::new(fault.error().clone()))?;
    let ask = Ask {
        caller,
        node,
        command: &call.command,
        given,
        params: settled.as_deref().or(given),
        // 0 would mean no deadline at all.
        timeout_ms: call.timeout.map(|timeout| as_millis(timeout).max(1)),
        key: &call.idempotency_key,
        generation: Generation::NEWEST,
    };
    let reply = Reply::Local {
        result,
        progress: pieces,
    };
    let waits = dispatch::dispatch(core, ask, reply);
    Ok(NodeCallHandle {
        core: Arc::clone(core),
        waits,
        result: Some(answer),
        progress,
        inputs: 0,
    })
}

impl NodeCallHandle {
    /// The next piece of output; `None` when there will be no more.
    ///
    /// Cancel-safe.
    pub async fn progress(&mut self) -> Option<Box<str>> {
        self.progress.recv().await
    }

    /// How the call ended. A second time it is an error.
    ///
    /// # Errors
    ///
    /// What a caller on the wire would be told: `details.outcome` is `not-dispatched` or
    /// `unknown` where the node did not answer.
    pub async fn result(&mut self) -> Result<NodeAnswer, ErrorShape> {
        let gone = || ErrorShape::unavailable("the call ended; its outcome was told");
        let Some(result) = &mut self.result else {
            return Err(gone());
        };
        let ended = result.await;
        self.result = None;
        self.waits = None;
        let answered = ended.map_err(|_| gone())??;
        let payload = Raw::from_string(answered.payload.to_string()).map_err(|error| {
            ErrorShape::unavailable(format!("the node answered no JSON: {error}"))
        })?;
        Ok(NodeAnswer { payload })
    }

    /// Sends more input to the running command; says whether it went out. Input of more than
    /// 16 384 characters, for a node of protocol 3 or for a call that ended does not.
    pub fn input(&mut self, payload: &Raw) -> bool {
        let Some(waits) = &self.waits else {
            return false;
        };
        let node = self.core.invokes.node_of(&waits.id);
        let Some(node) = node.filter(|node| node.conn.is_v4()) else {
            return false;
        };
        if payload.get().chars().count() > MAX_INPUT {
            return false;
        }
        let input = NodeInvokeInputPayload {
            id: waits.id.clone(),
            node_id: node.id.clone(),
            seq: self.inputs,
            payload_json: payload.get().to_owned(),
        };
        let Ok(event) = EventText::new(NodeInvokeInput::NAME, &input, None) else {
            return false;
        };
        let is_sent = node.conn.outbox.try_target(event).is_ok();
        self.inputs += u64::from(is_sent);
        is_sent
    }
}

impl Drop for NodeCallHandle {
    fn drop(&mut self) {
        let Some(waits) = self.waits.take() else {
            return;
        };
        if let Some(abandoned) = self.core.invokes.taken_back(&waits.id, waits.waiter) {
            dispatch::cancel(&abandoned);
        }
    }
}

impl std::fmt::Debug for NodeCallHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeCallHandle")
            .field("waits", &self.waits)
            .finish_non_exhaustive()
    }
}
