//! The Gateway as a test holds it.

use std::sync::Arc;
use std::time::Duration;

use openclaw_protocol::connect::ConnectParams;
use openclaw_protocol::id::InvokeId;
use openclaw_protocol::methods::node::pending::pull::PendingAction;
use openclaw_protocol::{Generation, Raw};
use serde::Serialize;
use serde_json::value::to_raw_value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::open::Open;
use super::server::{Order, Orders, Presence, QUEUE, Rules, Server};
use super::wires::Wires;
use super::{Answer, CallBuilder, Emitted, TestError};
use crate::{NodeBuilder, NodeHandle, RunError};

/// A Gateway inside the process, and the node that runs against it. Dropping it ends both.
#[derive(Debug)]
pub struct TestGateway {
    orders: Orders,
    handle: NodeHandle,
    events: mpsc::Receiver<Emitted>,
    presence: watch::Receiver<Presence>,
    paired: watch::Sender<bool>,
    queued: u64,
    node: JoinSet<Result<(), RunError>>,
    _server: JoinSet<()>,
}

/// Describes a [`TestGateway`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct TestGatewayBuilder {
    generation: Generation,
    max_payload: Option<usize>,
    paired: bool,
}

impl TestGatewayBuilder {
    /// Which protocol it speaks. Default: 4.
    pub fn generation(mut self, generation: Generation) -> Self {
        self.generation = generation;
        self
    }

    /// The largest message that it says it takes, in bytes. Default: that of the protocol.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.max_payload = Some(bytes);
        self
    }

    /// Lets the node in only after [`TestGateway::approve`].
    pub fn unpaired(mut self) -> Self {
        self.paired = false;
        self
    }

    /// Runs the node against it, and waits until the node is online, unless it is to be paired.
    ///
    /// Of the builder counts what the node is and does. Its address, its trust, its identity, its
    /// device tokens and its source of credentials are replaced, so that nothing outside the
    /// process is touched.
    ///
    /// # Errors
    ///
    /// [`TestError::Build`], [`TestError::Run`], [`TestError::Silent`].
    pub async fn start(self, node: NodeBuilder) -> Result<TestGateway, TestError> {
        let (wires, arrivals) = Wires::new();
        let node = node.for_test(Arc::new(wires)).build()?;
        let handle = node.handle();
        let (way, orders) = mpsc::channel(QUEUE);
        let (emitted, events) = mpsc::channel(QUEUE);
        let (paired, is_paired) = watch::channel(self.paired);
        let (present, presence) = watch::channel(Presence::default());
        let server = Server {
            rules: Rules {
                generation: self.generation,
                max_payload: self
                    .max_payload
                    .unwrap_or_else(|| self.generation.max_payload()),
                paired: is_paired,
            },
            arrivals,
            orders,
            way: Orders(way.clone()),
            open: Open::new(emitted),
            presence: present,
            calls: 0,
        };
        let mut servers = JoinSet::new();
        servers.spawn(server.run());
        let mut nodes = JoinSet::new();
        nodes.spawn(node.run());
        let mut gateway = TestGateway {
            orders: Orders(way),
            handle,
            events,
            presence,
            paired,
            queued: 0,
            node: nodes,
            _server: servers,
        };
        if self.paired {
            gateway.online(0).await?;
        }
        Ok(gateway)
    }
}

impl TestGateway {
    /// Runs this node against a Gateway of protocol 4, and waits until it is online.
    ///
    /// # Errors
    ///
    /// See [`TestGatewayBuilder::start`].
    pub async fn start(node: NodeBuilder) -> Result<Self, TestError> {
        Self::builder().start(node).await
    }

    /// Begins to describe another Gateway.
    pub fn builder() -> TestGatewayBuilder {
        TestGatewayBuilder {
            generation: Generation::V4,
            max_payload: None,
            paired: true,
        }
    }

    /// Calls a command with these params and waits for its result.
    ///
    /// # Errors
    ///
    /// [`TestError::Failed`] where the command failed; [`TestError::code`] gives its code.
    pub async fn invoke(&self, command: &str, params: impl Serialize) -> Result<Answer, TestError> {
        let call = self.call(command).params(params).start().await?;
        call.answer().await
    }

    /// Begins a call of a command, for all that [`TestGateway::invoke`] leaves out.
    pub fn call(&self, command: &str) -> CallBuilder {
        CallBuilder::new(self.orders.clone(), command)
    }

    /// Sends an event to the node.
    ///
    /// # Errors
    ///
    /// [`TestError::NotConnected`], [`TestError::Json`].
    pub async fn event(&self, name: &str, payload: impl Serialize) -> Result<(), TestError> {
        let (name, payload): (_, Box<Raw>) = (name.to_owned(), to_raw_value(&payload)?);
        self.orders
            .ask(|done| Order::Event {
                name,
                payload,
                done,
            })
            .await
    }

    /// The next event that the node emitted.
    ///
    /// # Errors
    ///
    /// [`TestError::Silent`] after twenty seconds.
    pub async fn next_event(&mut self) -> Result<Emitted, TestError> {
        match tokio::time::timeout(PATIENCE, self.events.recv()).await {
            Ok(Some(event)) => Ok(event),
            Ok(None) => Err(TestError::Stopped),
            Err(_) => Err(TestError::Silent { after: PATIENCE }),
        }
    }

    /// Keeps a call for the node, as Gateways do for one that sleeps:
    /// [`NodeHandle::run_pending`] finds it.
    ///
    /// # Errors
    ///
    /// [`TestError::Json`].
    pub async fn queue(
        &mut self,
        command: &str,
        params: impl Serialize,
    ) -> Result<InvokeId, TestError> {
        self.queued += 1;
        let id = InvokeId::from(format!("queued-{}", self.queued));
        let mut action = PendingAction::new(id.clone(), command.to_owned(), 0);
        action.params_json = Some(serde_json::to_string(&params)?);
        self.orders
            .ask(|done| Order::Queue { action, done })
            .await?;
        Ok(id)
    }

    /// What the node declared on its present connection, if it is connected.
    #[must_use]
    pub fn declared(&self) -> Option<Arc<ConnectParams>> {
        self.presence.borrow().declared.clone()
    }

    /// Waits until what the node declared is as wanted: after
    /// [`NodeHandle::declare`] for example.
    ///
    /// # Errors
    ///
    /// [`TestError::Silent`] after twenty seconds.
    pub async fn declares(&self, wanted: impl Fn(&ConnectParams) -> bool) -> Result<(), TestError> {
        let mut presence = self.presence.clone();
        let is_so = presence.wait_for(|now| now.declared.as_deref().is_some_and(&wanted));
        match tokio::time::timeout(PATIENCE, is_so).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(TestError::Stopped),
            Err(_) => Err(TestError::Silent { after: PATIENCE }),
        }
    }

    /// Cuts the connection, as a Gateway does that is killed, and waits until the node is back.
    ///
    /// # Errors
    ///
    /// [`TestError::Silent`] where it does not come back within twenty seconds.
    pub async fn restart(&mut self) -> Result<(), TestError> {
        let before = self.presence.borrow().connections;
        self.orders.ask(|done| Order::Disconnect { done }).await?;
        // It waits a moment before it comes back, which is of no use to a test.
        self.handle.retry_now();
        self.online(before).await
    }

    /// Lets a node in that waits for it: a person's `openclaw devices approve`.
    ///
    /// # Errors
    ///
    /// [`TestError::Silent`] where it does not come within twenty seconds.
    pub async fn approve(&mut self) -> Result<(), TestError> {
        self.paired.send_replace(true);
        self.online(0).await
    }

    /// The node's handle.
    #[must_use]
    pub fn node(&self) -> &NodeHandle {
        &self.handle
    }

    /// Stops the node and waits for its end.
    ///
    /// # Errors
    ///
    /// [`TestError::Run`] if it had stopped by itself before.
    pub async fn stop(mut self) -> Result<(), TestError> {
        self.handle.stop();
        self.ended().await
    }

    async fn ended(&mut self) -> Result<(), TestError> {
        match self.node.join_next().await {
            Some(Ok(outcome)) => Ok(outcome?),
            Some(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// Waits until the node has connected more than so many times, and knows it.
    async fn online(&mut self, before: u64) -> Result<(), TestError> {
        let (mut presence, handle) = (self.presence.clone(), self.handle.clone());
        let online = async move {
            // The server says so before the node does.
            let is_in = |now: &Presence| now.connections > before && now.declared.is_some();
            presence.wait_for(is_in).await.is_ok() && handle.wait_online().await.is_some()
        };
        tokio::select! {
            online = tokio::time::timeout(PATIENCE, online) => match online {
                Ok(true) => Ok(()),
                Ok(false) => Err(TestError::Stopped),
                Err(_) => Err(TestError::Silent { after: PATIENCE }),
            },
            ended = self.ended() => ended.and(Err(TestError::Stopped)),
        }
    }
}

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);
