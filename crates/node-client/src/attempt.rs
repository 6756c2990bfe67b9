//! What a node does on each connection.

use std::sync::Arc;

use openclaw_connect::{
    Attempt, ConnectPlan, Connection, Credentials, Endpoint, EventMessage, PrepareError, Prepared,
    SessionEvent,
};
use openclaw_protocol::Raw;
use openclaw_protocol::id::NodeId;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::dispatch::Dispatcher;
use crate::line::Line;
use crate::listener::Listeners;
use crate::request::{self, InvokeCancel, InvokeInput, InvokeRequest, PairResolved};
use crate::session_uplink::SessionUplink;
use crate::uplink::Uplink;
use crate::{NodeHandle, Surface, limits, publish};

/// Credentials, asked for anew before every attempt.
pub(crate) type CredentialSource = Arc<dyn Fn() -> Result<Credentials, String> + Send + Sync>;

/// The node's side of a link.
pub(crate) struct NodeAttempt {
    pub(crate) endpoint: Endpoint,
    pub(crate) plan: ConnectPlan,
    pub(crate) credentials: Option<CredentialSource>,
    pub(crate) node_id: NodeId,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) listeners: Listeners,
    pub(crate) uplink: watch::Sender<Option<Arc<dyn Uplink>>>,
    pub(crate) handle: NodeHandle,
    /// What is declared; seen where the last attempt declared it.
    pub(crate) surface: watch::Receiver<Surface>,
    /// Numbers the connections.
    pub(crate) connections: u64,
}

impl Attempt for NodeAttempt {
    async fn prepare(&mut self) -> Result<Prepared, PrepareError> {
        let mut plan = self.plan.clone();
        {
            let surface = self.surface.borrow_and_update();
            plan.caps.clone_from(&surface.caps);
            plan.permissions.clone_from(&surface.permissions);
            plan.path_env.clone_from(&surface.path_env);
            plan.commands.retain(|command| surface.offers(command));
        }
        if let Some(source) = &self.credentials {
            let source = Arc::clone(source);
            // It may read files.
            let read = tokio::task::spawn_blocking(move || source()).await;
            let failed = |message| PrepareError {
                message,
                is_final: false,
            };
            plan.credentials = read
                .map_err(|error| failed(format!("cannot read the credentials: {error}")))?
                .map_err(failed)?;
        }
        Ok(Prepared {
            endpoint: self.endpoint.clone(),
            plan,
        })
    }

    async fn serve(&mut self, connection: Connection) {
        self.connections += 1;
        let number = self.connections;
        let Connection {
            session,
            mut events,
            ..
        } = connection;
        let uplink: Arc<dyn Uplink> = Arc::new(SessionUplink {
            session,
            node_id: self.node_id.clone(),
        });
        self.uplink.send_replace(Some(Arc::clone(&uplink)));
        let line = Line::new(number, Arc::clone(&uplink));
        let mut publishing = JoinSet::new();
        publishing.spawn(publish::keep(uplink, self.handle.publications()));
        // Also when this future is dropped.
        let _gone = Gone {
            dispatcher: self.dispatcher.clone(),
            number,
        };
        let mut surface = self.surface.clone();
        let redeclared = async {
            if surface.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            // Their answers belong to this connection.
            if tokio::time::timeout(limits::REDECLARE_GRACE, line.quiet())
                .await
                .is_err()
            {
                tracing::warn!(
                    "calls are still running; their answers are lost with the connection"
                );
            }
        };
        tokio::pin!(redeclared);
        loop {
            // Both are cancel-safe: the queue keeps its events, and the other is polled in place.
            let event = tokio::select! {
                event = events.recv() => event,
                () = &mut redeclared => {
                    tracing::info!("the node declares itself anew");
                    return self.handle.retry_now();
                }
            };
            match event {
                Some(SessionEvent::Event(event)) => self.receive(&event, &line),
                Some(SessionEvent::Missed { events }) => tracing::warn!(
                    events,
                    "more events than this node could take; calls may be lost"
                ),
                Some(SessionEvent::Gap { .. }) => {}
                None => return,
            }
        }
    }
}

impl NodeAttempt {
    fn receive(&self, event: &EventMessage, line: &Line) {
        let payload = event.payload.as_deref();
        match &*event.name {
            request::INVOKE_REQUEST => match read(payload, InvokeRequest::read) {
                Ok(request) => self.dispatcher.invoke(request, line),
                Err(error) => tracing::warn!(%error, "a call that cannot be read; not answered"),
            },
            request::INVOKE_CANCEL => match read(payload, json::<InvokeCancel>) {
                Ok(cancel) => self.dispatcher.cancel(&cancel, line.number),
                Err(error) => tracing::debug!(%error, "a cancel that cannot be read"),
            },
            request::INVOKE_INPUT => match read(payload, json::<InvokeInput>) {
                Ok(input) => self.dispatcher.input(input, line.number),
                Err(error) => tracing::debug!(%error, "input that cannot be read"),
            },
            request::PAIR_RESOLVED => {
                if let Ok(resolved) = read(payload, json::<PairResolved>) {
                    tracing::info!(
                        decision = resolved.decision,
                        "the node's commands were decided on"
                    );
                }
            }
            _ => {}
        }
        self.listeners.tell(&event.name, payload);
    }
}

fn json<T: DeserializeOwned>(raw: &Raw) -> serde_json::Result<T> {
    serde_json::from_str(raw.get())
}

fn read<T>(
    payload: Option<&Raw>,
    read: impl FnOnce(&Raw) -> serde_json::Result<T>,
) -> serde_json::Result<T> {
    let missing = || <serde_json::Error as serde::de::Error>::custom("no payload");
    payload.ok_or_else(missing).and_then(read)
}

/// Tells the dispatcher that a connection is gone.
struct Gone {
    dispatcher: Dispatcher,
    number: u64,
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.dispatcher.disconnect(self.number);
    }
}
