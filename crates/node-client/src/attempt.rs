//! What a node does on each connection.

use std::sync::Arc;

use openclaw_connect::{
    Attempt, ConnectPlan, Connection, Credentials, Endpoint, EventMessage, PrepareError, Prepared,
    SessionEvent,
};
use openclaw_protocol::Raw;
use openclaw_protocol::id::NodeId;
use tokio::sync::watch;

use crate::dispatch::Dispatcher;
use crate::listener::Listeners;
use crate::request::{self, InvokeCancel, InvokeRequest, PairResolved};
use crate::session_uplink::SessionUplink;
use crate::uplink::Uplink;

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
    /// Numbers the connections.
    pub(crate) connections: u64,
}

impl Attempt for NodeAttempt {
    async fn prepare(&mut self) -> Result<Prepared, PrepareError> {
        let mut plan = self.plan.clone();
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
        // Also when this future is dropped.
        let _gone = Gone {
            dispatcher: self.dispatcher.clone(),
            number,
        };
        while let Some(event) = events.recv().await {
            match event {
                SessionEvent::Event(event) => self.receive(&event, number, &uplink),
                SessionEvent::Missed { events } => {
                    tracing::warn!(
                        events,
                        "more events than this node could take; calls may be lost"
                    );
                }
                SessionEvent::Gap { .. } => {}
            }
        }
    }
}

impl NodeAttempt {
    fn receive(&self, event: &EventMessage, connection: u64, uplink: &Arc<dyn Uplink>) {
        let payload = event.payload.as_deref();
        match &*event.name {
            request::INVOKE_REQUEST => match read(payload, InvokeRequest::read) {
                Ok(request) => self.dispatcher.invoke(request, connection, uplink),
                Err(error) => tracing::warn!(%error, "a call that cannot be read; not answered"),
            },
            request::INVOKE_CANCEL => {
                match read(payload, |raw| {
                    serde_json::from_str::<InvokeCancel>(raw.get())
                }) {
                    Ok(cancel) => self.dispatcher.cancel(&cancel, connection),
                    Err(error) => tracing::debug!(%error, "a cancel that cannot be read"),
                }
            }
            request::PAIR_RESOLVED => {
                if let Ok(resolved) = read(payload, |raw| {
                    serde_json::from_str::<PairResolved>(raw.get())
                }) {
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
