//! A node: its life from start to stop.

use std::sync::Arc;
use std::time::Duration;

use openclaw_connect::{
    ConnectPlan, Connector, Endpoint, Link, LinkError, LinkOptions, LinkState, Session,
    Subscription,
};
use openclaw_protocol::id::{DeviceId, NodeId};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::attempt::{CredentialSource, NodeAttempt};
use crate::command::Command;
use crate::dispatch::Dispatcher;
use crate::listener::Listeners;
use crate::observer::Observers;
use crate::publish::Published;
use crate::session_uplink::SessionUplink;
use crate::uplink::Uplink;
use crate::{NodeBuilder, NodeHandle, NodeState, Online, Surface, limits, request};

/// A node, ready to run.
#[derive(Debug)]
pub struct Node {
    parts: Parts,
    node_id: NodeId,
    handle: NodeHandle,
    state: watch::Sender<NodeState>,
    uplink: watch::Sender<Option<Arc<dyn Uplink>>>,
    stop: CancellationToken,
}

/// What a node is made of.
pub(crate) struct Parts {
    pub(crate) endpoint: Endpoint,
    pub(crate) plan: ConnectPlan,
    pub(crate) credentials: Option<CredentialSource>,
    pub(crate) commands: Vec<Command>,
    pub(crate) listeners: Listeners,
    pub(crate) observers: Observers,
    pub(crate) connector: Connector,
    pub(crate) approval_poll: Duration,
}

/// A node has stopped, and trying again would be of no use.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the node has stopped: {0}")]
pub struct RunError(
    /// What happened last. [`openclaw_connect::Class`] says why it is final.
    #[source]
    pub LinkError,
);

impl Node {
    /// Begins a node of the Gateway at this address: `ws://host:18789` or `wss://host`.
    pub fn builder(url: impl AsRef<str>) -> NodeBuilder {
        NodeBuilder::new(url.as_ref())
    }

    /// Begins a node of the Gateway behind this endpoint, for all that an address does not say:
    /// trust, headers for a proxy, the origin behind a tunnel.
    pub fn builder_for(endpoint: Endpoint) -> NodeBuilder {
        NodeBuilder::for_endpoint(endpoint)
    }

    pub(crate) fn new(parts: Parts, surface: Surface, published: Published) -> Self {
        let device = parts.plan.device.as_ref().map(|device| device.device_id());
        let node_id = device.map_or_else(|| parts.plan.client.id.as_str().into(), NodeId::from);
        let (state, states) = watch::channel(NodeState::Idle);
        let (uplink, uplinks) = watch::channel(None);
        let stop = CancellationToken::new();
        let handle = NodeHandle::new(uplinks, states, stop.clone(), surface, published);
        Self {
            parts,
            node_id,
            handle,
            state,
            uplink,
            stop,
        }
    }

    /// The id under which a Gateway routes calls to this node: its device id.
    #[must_use]
    pub fn node_id(&self) -> &NodeId {
        &self.node_id
    }

    /// The device id, as `openclaw devices list` shows it.
    #[must_use]
    pub fn device_id(&self) -> Option<&DeviceId> {
        self.parts
            .plan
            .device
            .as_ref()
            .map(|device| device.device_id())
    }

    /// A hand on the node, to be taken before it runs.
    #[must_use]
    pub fn handle(&self) -> NodeHandle {
        self.handle.clone()
    }

    /// Connects, serves calls, and comes back after every disconnect, until
    /// [`NodeHandle::stop`].
    ///
    /// While a person has to approve the node it asks every second for five minutes, and every
    /// few seconds after that, so that it is online right after the approval;
    /// [`NodeHandle::retry_now`] asks at once.
    ///
    /// # Errors
    ///
    /// [`RunError`] where trying again would be of no use: a wrong token, a certificate that is
    /// not the pinned one, no common protocol.
    pub async fn run(self) -> Result<(), RunError> {
        let Self {
            parts,
            node_id,
            handle,
            state,
            uplink,
            stop,
        } = self;
        // Also when this future is dropped: no call outlives its node.
        let _ended = stop.clone().drop_guard();
        let names = [
            request::INVOKE_REQUEST,
            request::INVOKE_CANCEL,
            request::INVOKE_INPUT,
            request::PAIR_RESOLVED,
        ];
        let wanted: Vec<&str> = names.into_iter().chain(parts.listeners.names()).collect();
        let connector = parts.connector.with_events(Subscription::only(wanted));
        let mut options = LinkOptions::new(connector);
        options.slow_poll = parts.approval_poll;
        options.eager_poll = limits::EAGER_POLL;
        let observers = parts.observers;
        let dispatcher = Dispatcher::new(parts.commands, handle.clone(), stop.child_token());
        handle.runs_with(&dispatcher);
        let attempt = NodeAttempt {
            endpoint: parts.endpoint,
            plan: parts.plan,
            credentials: parts.credentials,
            node_id: node_id.clone(),
            dispatcher: dispatcher.clone(),
            listeners: parts.listeners,
            uplink: uplink.clone(),
            handle: handle.clone(),
            surface: handle.surfaces(),
            connections: 0,
        };
        let link = Link::start(attempt, options);
        let mut links = link.watch();
        let mut retries = handle.retries();
        let mut connections = 0;
        let outcome = 'life: loop {
            let now = links.borrow_and_update().clone();
            if let LinkState::Connected(session) = &now {
                connections += 1;
                // Before anyone is told that the node is online.
                let open = SessionUplink {
                    session: session.clone(),
                    node_id: node_id.clone(),
                };
                uplink.send_replace(Some(Arc::new(open)));
            }
            if let LinkState::Stopped { error } = &now {
                break 'life error.clone().map_or(Ok(()), |error| Err(RunError(error)));
            }
            let is = state_of(&now, &node_id, connections);
            observers.tell(&is);
            state.send_replace(is);
            // Until there is something new to say.
            loop {
                tokio::select! {
                    changed = links.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => break 'life Ok(()),
                    },
                    Ok(()) = retries.changed() => link.retry_now(),
                    () = stop.cancelled() => break 'life Ok(()),
                }
            }
        };
        // While the connection still stands, so that answers of cancelled calls get out.
        dispatcher.shut_down().await;
        link.stop().await;
        uplink.send_replace(None);
        observers.tell(&NodeState::Stopped);
        state.send_replace(NodeState::Stopped);
        outcome
    }
}

fn state_of(link: &LinkState, node_id: &NodeId, connections: u64) -> NodeState {
    let wait = |until: &Instant| until.saturating_duration_since(Instant::now());
    match link {
        LinkState::Connected(session) => NodeState::Online(online(session, node_id, connections)),
        LinkState::WaitingForApproval {
            waiting,
            error,
            until,
        } => NodeState::WaitingForApproval {
            request_id: waiting.request_id.clone(),
            command: waiting.command.clone(),
            reason: error.to_string(),
            retry_in: wait(until),
        },
        LinkState::Backoff { until, error } => NodeState::Offline {
            reason: error.to_string(),
            retry_in: wait(until),
        },
        // `Stopped` is said at the very end.
        _ => NodeState::Connecting,
    }
}

fn online(session: &Session, node_id: &NodeId, connection: u64) -> Online {
    let hello = session.hello();
    Online {
        node_id: node_id.clone(),
        connection,
        generation: hello.generation,
        server_version: hello.server.version.clone(),
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("endpoint", &self.endpoint)
            .field("commands", &self.commands)
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}
