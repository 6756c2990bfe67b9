//! The task that plays the Gateway.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use openclaw_protocol::connect::ConnectParams;
use openclaw_protocol::events::node::invoke::cancel::{NodeInvokeCancel, NodeInvokeCancelPayload};
use openclaw_protocol::events::node::invoke::input::{NodeInvokeInput, NodeInvokeInputPayload};
use openclaw_protocol::events::node::invoke::request::{
    NodeInvokeRequest, NodeInvokeRequestPayload,
};
use openclaw_protocol::frame::{self, EventText, Frame};
use openclaw_protocol::id::{InvokeId, NodeId};
use openclaw_protocol::limits::{CLIENT_MESSAGE, NODE_INVOKE, TICK_INTERVAL};
use openclaw_protocol::methods::node::pending::pull::PendingAction;
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::{Event, Generation, Raw};
use serde::Serialize;
use serde_json::json;
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_async_with_config};

use super::call::Call;
use super::open::{Open, Waiting};
use super::{TestCall, TestError};

type Started = Result<TestCall, TestError>;
type Done = oneshot::Sender<Result<(), TestError>>;

/// What a test asks of its Gateway.
#[derive(Debug)]
pub(super) enum Order {
    Call {
        call: Call,
        reply: oneshot::Sender<Started>,
    },
    Input {
        id: InvokeId,
        seq: u64,
        text: String,
        done: Done,
    },
    Cancel {
        id: InvokeId,
        done: Done,
    },
    Event {
        name: String,
        payload: Box<Raw>,
        done: Done,
    },
    Queue {
        action: PendingAction,
        done: Done,
    },
    Disconnect {
        done: Done,
    },
}

/// The way to the task.
#[derive(Debug, Clone)]
pub(super) struct Orders(pub(super) mpsc::Sender<Order>);

impl Orders {
    pub(super) async fn give(&self, order: Order) -> Result<(), TestError> {
        self.0.send(order).await.map_err(|_| TestError::Stopped)
    }

    pub(super) async fn ask(&self, order: impl FnOnce(Done) -> Order) -> Result<(), TestError> {
        let (done, asked) = oneshot::channel();
        self.give(order(done)).await?;
        asked.await.map_err(|_| TestError::Stopped)?
    }
}

/// How the Gateway behaves.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) generation: Generation,
    pub(super) max_payload: usize,
    pub(super) paired: watch::Receiver<bool>,
}

/// The node's connection, as the Gateway sees it.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// How many there were.
    pub(super) connections: u64,
    /// What the node declared on the one that is open.
    pub(super) declared: Option<Arc<ConnectParams>>,
}

/// The Gateway.
pub(super) struct Server {
    pub(super) rules: Rules,
    pub(super) arrivals: mpsc::Receiver<DuplexStream>,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) way: Orders,
    pub(super) open: Open,
    /// The node's connection.
    pub(super) presence: watch::Sender<Presence>,
    pub(super) calls: u64,
}

/// A connection whose node is in.
struct Peer {
    socket: WebSocketStream<DuplexStream>,
    declared: Arc<ConnectParams>,
    node: NodeId,
}

impl Server {
    /// Serves until nobody gives orders any more.
    pub(super) async fn run(mut self) {
        loop {
            let stream = tokio::select! {
                stream = self.arrivals.recv() => stream,
                order = self.orders.recv() => match order {
                    Some(order) => {
                        self.decline(order);
                        continue;
                    }
                    None => return,
                },
            };
            let Some(stream) = stream else { return };
            // A connection that fails is the node's to repeat.
            if let Some(peer) = self.admit(stream).await {
                let declared = Arc::clone(&peer.declared);
                self.presence.send_modify(|presence| {
                    presence.connections += 1;
                    presence.declared = Some(declared);
                });
                let goes_on = self.serve(peer).await;
                self.open.disconnect();
                self.presence
                    .send_modify(|presence| presence.declared = None);
                if !goes_on {
                    return;
                }
            }
        }
    }

    async fn admit(&mut self, stream: DuplexStream) -> Option<Peer> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(CLIENT_MESSAGE))
            .max_frame_size(Some(CLIENT_MESSAGE));
        let mut socket = accept_async_with_config(stream, Some(config)).await.ok()?;
        let challenge = json!({"nonce": "test-nonce", "ts": 1_770_000_000_000_u64});
        let text = EventText::new("connect.challenge", &challenge, None).ok()?;
        say(&mut socket, text.without_seq()).await?;
        let text = hear(&mut socket).await?;
        let Ok(Frame::Request(request)) = frame::parse(&text) else {
            return None;
        };
        let params: ConnectParams = serde_json::from_str(request.params?.get()).ok()?;
        if !*self.rules.paired.borrow() {
            let error = json!({
                "code": "NOT_PAIRED", "message": "pairing required",
                "details": {"code": "PAIRING_REQUIRED", "requestId": "test-request"},
            });
            let text = json!({"type": "res", "id": request.id, "ok": false, "error": error});
            say(&mut socket, &text.to_string()).await?;
            let _ = socket.close(None).await;
            return None;
        }
        let protocol = match self.rules.generation {
            Generation::V3 => 3,
            Generation::V4 => 4,
        };
        let tick_ms = u64::try_from(TICK_INTERVAL.as_millis()).unwrap_or(30_000);
        let hello = json!({
            "type": "hello-ok",
            "protocol": protocol,
            "server": {"version": "test", "connId": "test-connection"},
            "policy": {
                "maxPayload": self.rules.max_payload,
                "maxBufferedBytes": 4 * self.rules.max_payload,
                "tickIntervalMs": tick_ms,
            },
        });
        say(&mut socket, &frame::response_ok(&request.id, &hello).ok()?).await?;
        let device = params.device.as_ref().map(|device| device.id.as_str());
        let node = NodeId::from(device.unwrap_or(params.client.id.as_str()));
        Some(Peer {
            socket,
            declared: Arc::new(params),
            node,
        })
    }

    /// Serves one connection to its end. False when nobody gives orders any more.
    async fn serve(&mut self, mut peer: Peer) -> bool {
        let mut ticks = tokio::time::interval(TICK_INTERVAL);
        loop {
            let text = tokio::select! {
                heard = hear(&mut peer.socket) => match heard {
                    Some(text) => self.requested(&text, &peer),
                    None => return true,
                },
                order = self.orders.recv() => match order {
                    None => return false,
                    Some(Order::Disconnect { done }) => {
                        let _ = done.send(Ok(()));
                        return true;
                    }
                    Some(order) => self.carry_out(order, &peer),
                },
                _ = ticks.tick() => event("tick", &json!({"ts": 0})),
            };
            if let Some(text) = text
                && say(&mut peer.socket, &text).await.is_none()
            {
                return true;
            }
        }
    }

    fn requested(&mut self, text: &str, peer: &Peer) -> Option<String> {
        let Ok(Frame::Request(request)) = frame::parse(text) else {
            return None;
        };
        let node = peer.node.as_str();
        Some(self.open.respond(&request, node, self.rules.generation))
    }

    /// Does what can be done on a connection; gives what is to be sent.
    fn carry_out(&mut self, order: Order, peer: &Peer) -> Option<String> {
        let node_id = peer.node.clone();
        match order {
            Order::Call { call, reply } => {
                let (text, started) = self.call(call, peer);
                let _ = reply.send(started);
                text
            }
            Order::Input {
                id,
                seq,
                text,
                done,
            } => {
                let payload = NodeInvokeInputPayload {
                    id,
                    node_id,
                    seq,
                    payload_json: text,
                };
                let _ = done.send(Ok(()));
                event(NodeInvokeInput::NAME, &payload)
            }
            Order::Cancel { id, done } => {
                self.open.calls.remove(&id);
                let _ = done.send(Ok(()));
                let payload = NodeInvokeCancelPayload {
                    invoke_id: id,
                    node_id,
                };
                event(NodeInvokeCancel::NAME, &payload)
            }
            Order::Event {
                name,
                payload,
                done,
            } => {
                let _ = done.send(Ok(()));
                event(&name, &payload)
            }
            order @ (Order::Queue { .. } | Order::Disconnect { .. }) => {
                self.decline(order);
                None
            }
        }
    }

    fn call(&mut self, call: Call, peer: &Peer) -> (Option<String>, Started) {
        let offered = peer.declared.commands.as_deref().unwrap_or_default();
        if !offered.contains(&call.command) {
            let error = TestError::NotOffered {
                command: call.command,
                offered: offered.join(", "),
            };
            return (None, Err(error));
        }
        self.calls += 1;
        let id = InvokeId::from(format!("call-{}", self.calls));
        let key = call.key.unwrap_or_else(|| format!("key-{}", self.calls));
        let is_v4 = self.rules.generation >= Generation::V4;
        let usual_ms = u64::try_from(NODE_INVOKE.as_millis()).unwrap_or(30_000);
        let mut request =
            NodeInvokeRequestPayload::new(id.clone(), peer.node.clone(), call.command);
        request.params_json = call.params_json.map_or(Nullable::Null, Nullable::Value);
        request.timeout_ms = call.timeout_ms.or(is_v4.then_some(usual_ms));
        request.idempotency_key = Some(key);
        let limit = Duration::from_millis(call.timeout_ms.unwrap_or(usual_ms));
        let (progress, pieces) = mpsc::channel(QUEUE);
        let (sender, answer) = oneshot::channel();
        let waiting = Waiting {
            progress,
            pieces: 0,
            answer: sender,
        };
        self.open.calls.insert(id.clone(), waiting);
        let started = TestCall {
            id,
            orders: self.way.clone(),
            patience: limit.saturating_add(PATIENCE),
            inputs: 0,
            progress: pieces,
            answer,
        };
        (event(NodeInvokeRequest::NAME, &request), Ok(started))
    }

    /// Does what needs no connection, and says of the rest that there is none.
    fn decline(&mut self, order: Order) {
        let none = || Err(TestError::NotConnected);
        // Whoever asked may have gone.
        let _ = match order {
            Order::Call { reply, .. } => reply.send(Err(TestError::NotConnected)).is_ok(),
            Order::Queue { action, done } => {
                self.open.queued.push(action);
                done.send(Ok(())).is_ok()
            }
            Order::Disconnect { done } => done.send(Ok(())).is_ok(),
            Order::Input { done, .. } | Order::Cancel { done, .. } | Order::Event { done, .. } => {
                done.send(none()).is_ok()
            }
        };
    }
}

fn event<T: Serialize + ?Sized>(name: &str, payload: &T) -> Option<String> {
    let text = EventText::new(name, payload, None).ok()?;
    Some(text.without_seq().to_owned())
}

async fn say(socket: &mut WebSocketStream<DuplexStream>, text: &str) -> Option<()> {
    socket.send(Message::text(text)).await.ok()
}

/// The next text; `None` at the end. Cancel-safe.
async fn hear(socket: &mut WebSocketStream<DuplexStream>) -> Option<String> {
    loop {
        if let Message::Text(text) = socket.next().await?.ok()? {
            return Some(text.as_str().to_owned());
        }
    }
}

/// Events and pieces of progress that wait for a test.
pub(super) const QUEUE: usize = 1024;
/// How long an answer may take beyond its deadline.
const PATIENCE: Duration = Duration::from_secs(20);
