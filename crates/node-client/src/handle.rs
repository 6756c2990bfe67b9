//! A hand on a running node: emit events, call methods, watch its state, stop it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use openclaw_protocol::methods::node::plugin_tools::update::NodePluginTool;
use openclaw_protocol::methods::node::skills::update::NodeSkill;
use openclaw_protocol::{Generation, Method, Raw};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::dispatch::{Dispatcher, WeakDispatcher};
use crate::publish::Published;
use crate::uplink::{SendError, Uplink};
use crate::{NodeState, Online, Surface};

/// Talks for a node while it runs. Cheap to clone; handlers reach it by
/// [`InvokeContext::node`](crate::InvokeContext::node).
#[derive(Clone)]
pub struct NodeHandle {
    uplink: watch::Receiver<Option<Arc<dyn Uplink>>>,
    state: watch::Receiver<NodeState>,
    stop: CancellationToken,
    retry: watch::Sender<u64>,
    surface: watch::Sender<Surface>,
    published: watch::Sender<Published>,
    dispatcher: Arc<OnceLock<WeakDispatcher>>,
}

/// What a Gateway says to an event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct EventAck {
    /// Whether it did something with it. `None` from a Gateway of protocol 3, which does not say.
    #[serde(default)]
    pub handled: Option<bool>,
    /// Why, or why not.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Params of `node.event`.
#[derive(Serialize)]
struct EventParams<'a> {
    event: &'a str,
    payload: &'a RawValue,
}

const NODE_EVENT: &str = "node.event";

impl NodeHandle {
    pub(crate) fn new(
        uplink: watch::Receiver<Option<Arc<dyn Uplink>>>,
        state: watch::Receiver<NodeState>,
        stop: CancellationToken,
        surface: Surface,
        published: Published,
    ) -> Self {
        Self {
            uplink,
            state,
            stop,
            retry: watch::Sender::new(0),
            surface: watch::Sender::new(surface),
            published: watch::Sender::new(published),
            dispatcher: Arc::default(),
        }
    }

    /// The node runs now, and this runs its commands.
    pub(crate) fn runs_with(&self, dispatcher: &Dispatcher) {
        // A node runs once.
        let _ = self.dispatcher.set(dispatcher.downgrade());
    }

    /// What runs the commands, while the node runs.
    pub(crate) fn dispatcher(&self) -> Option<Dispatcher> {
        self.dispatcher.get()?.upgrade()
    }

    /// Follows what is declared.
    pub(crate) fn surfaces(&self) -> watch::Receiver<Surface> {
        self.surface.subscribe()
    }

    /// Follows what is published.
    pub(crate) fn publications(&self) -> watch::Receiver<Published> {
        self.published.subscribe()
    }

    /// Whether this command is offered.
    pub(crate) fn offers(&self, command: &str) -> bool {
        self.surface.borrow().offers(command)
    }

    /// Changes whenever somebody wants an attempt at once.
    pub(crate) fn retries(&self) -> watch::Receiver<u64> {
        self.retry.subscribe()
    }

    /// Emits an event to the Gateway and waits until it has it.
    ///
    /// # Errors
    ///
    /// [`SendError`]. An event is not sent again by itself after a disconnect.
    pub async fn emit<T: Serialize + ?Sized>(
        &self,
        event: &str,
        payload: &T,
    ) -> Result<EventAck, SendError> {
        let payload = to_raw_value(payload).map_err(not_json)?;
        let params = to_raw_value(&EventParams {
            event,
            payload: &payload,
        })
        .map_err(not_json)?;
        let answer = self.uplink()?.call(NODE_EVENT, params).await?;
        Ok(answer
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default())
    }

    /// Calls a method of the Gateway that nodes may call.
    ///
    /// # Errors
    ///
    /// [`SendError`].
    pub async fn call<M: Method>(&self, params: &M::Params) -> Result<M::Result, SendError> {
        let params = to_raw_value(params).map_err(not_json)?;
        let answer = self.uplink()?.call(M::NAME, params).await?;
        let text = answer.as_deref().map_or("null", Raw::get);
        serde_json::from_str(text).map_err(|error| SendError::Unanswered {
            reason: format!("its answer to `{}` cannot be read: {error}", M::NAME),
        })
    }

    /// What the node declares at this moment.
    #[must_use]
    pub fn surface(&self) -> Surface {
        self.surface.borrow().clone()
    }

    /// Changes what the node declares: a person took the permission to use the camera back, for
    /// example. Where anything changed, calls under way are finished (within ten seconds) and the
    /// node reconnects at once; calls of commands that are no longer offered are refused already.
    pub fn declare(&self, change: impl FnOnce(&mut Surface)) {
        self.surface.send_if_modified(|surface| {
            let before = surface.clone();
            change(surface);
            *surface != before
        });
    }

    /// Says whether the node's platform permits something. [`NodeHandle::declare`] for one
    /// permission.
    pub fn set_permission(&self, name: impl Into<String>, granted: bool) {
        self.declare(|surface| surface.set_permission(name, granted));
    }

    /// Replaces the tools that the node brings along, now and on every later connection. Protocol
    /// 4; older Gateways are not told.
    pub fn publish_tools(&self, tools: impl IntoIterator<Item = NodePluginTool>) {
        let tools = Some(tools.into_iter().collect());
        self.published
            .send_modify(|published| published.tools = tools);
    }

    /// Replaces the skills that the node brings along, now and on every later connection. Protocol
    /// 4; older Gateways are not told.
    pub fn publish_skills(&self, skills: impl IntoIterator<Item = NodeSkill>) {
        let skills = Some(skills.into_iter().collect());
        self.published
            .send_modify(|published| published.skills = skills);
    }

    /// The state at this moment.
    #[must_use]
    pub fn state(&self) -> NodeState {
        self.state.borrow().clone()
    }

    /// The state, to be watched. Changes that follow one another quickly may be seen as one.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<NodeState> {
        self.state.clone()
    }

    /// Waits until the node is online. `None` once it has stopped for good.
    pub async fn wait_online(&self) -> Option<Online> {
        let mut state = self.state.clone();
        let found = state
            .wait_for(|state| state.is_online() || state.is_stopped())
            .await;
        match found.as_deref() {
            Ok(NodeState::Online(online)) => Some(online.clone()),
            _ => None,
        }
    }

    /// The generation of the present connection.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        self.uplink
            .borrow()
            .as_ref()
            .map(|uplink| uplink.generation())
    }

    /// Tries to connect at once if the node is waiting: it was just approved, for example.
    pub fn retry_now(&self) {
        self.retry
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Stops the node: its calls are cancelled and [`Node::run`](crate::Node::run) returns.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    fn uplink(&self) -> Result<Arc<dyn Uplink>, SendError> {
        self.uplink.borrow().clone().ok_or(SendError::NotConnected)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
fn not_json(error: serde_json::Error) -> SendError {
    SendError::NotJson {
        reason: error.to_string(),
    }
}

impl fmt::Debug for NodeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeHandle")
            .field("state", &*self.state.borrow())
            .finish_non_exhaustive()
    }
}
