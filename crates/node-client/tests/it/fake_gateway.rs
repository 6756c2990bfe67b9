//! The other end: a network without a machine, and a Gateway that says what a test wants.
//!
//! Also part of the tests of the node host, which is built on this crate.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use openclaw_node_client::connect::{Connector, Io, Network};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// Every wait of a test ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// A test's end of the network: connections arrive here.
pub(crate) struct FakeGateway {
    arrivals: mpsc::Receiver<DuplexStream>,
    wires: Wires,
}

#[derive(Debug, Clone)]
struct Wires(mpsc::Sender<DuplexStream>);

impl Network for Wires {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        async { Err(io::Error::other("no names here")) }.boxed()
    }

    fn connect(&self, _address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        async move {
            let (ours, theirs) = tokio::io::duplex(256 * 1024);
            self.0.send(theirs).await.map_err(io::Error::other)?;
            Ok(Box::new(ours) as Box<dyn Io>)
        }
        .boxed()
    }
}

impl FakeGateway {
    pub(crate) fn new() -> Self {
        let (sender, arrivals) = mpsc::channel(16);
        Self {
            arrivals,
            wires: Wires(sender),
        }
    }

    /// Finds this Gateway under every address.
    pub(crate) fn connector(&self) -> Connector {
        Connector::new().with_network(Arc::new(self.wires.clone()))
    }

    /// The next connection, up to the params of its `connect`.
    pub(crate) async fn accept(&mut self) -> Peer {
        let arrival = tokio::time::timeout(PATIENCE, self.arrivals.recv());
        let io = arrival
            .await
            .expect("no connection came")
            .expect("the network is gone");
        let mut peer = Peer {
            socket: accept_async(io).await.unwrap(),
            connect: Value::Null,
        };
        peer.event(
            "connect.challenge",
            &json!({"nonce": "n-1", "ts": 1_770_000_000_000_u64}),
        )
        .await;
        peer.connect = peer.request("connect").await;
        peer
    }

    /// The next connection, let in.
    pub(crate) async fn admit(&mut self, protocol: u64) -> Peer {
        let mut peer = self.accept().await;
        peer.hello(protocol).await;
        peer
    }
}

/// One connection as the Gateway sees it.
pub(crate) struct Peer {
    socket: WebSocketStream<DuplexStream>,
    /// The request `connect`.
    pub(crate) connect: Value,
}

impl Peer {
    pub(crate) async fn send(&mut self, frame: &Value) {
        self.socket
            .send(Message::text(frame.to_string()))
            .await
            .unwrap();
    }

    pub(crate) async fn event(&mut self, name: &str, payload: &Value) {
        self.send(&json!({"type": "event", "event": name, "payload": payload}))
            .await;
    }

    pub(crate) async fn hello(&mut self, protocol: u64) {
        let max_payload = if protocol == 3 { 524_288 } else { 26_214_400 };
        let hello = json!({
            "type": "hello-ok",
            "protocol": protocol,
            "server": {"version": "2026.9.6", "connId": "c-1"},
            "policy": {"maxPayload": max_payload, "maxBufferedBytes": 1, "tickIntervalMs": 30_000},
        });
        let id = self.connect["id"].clone();
        self.send(&json!({"type": "res", "id": id, "ok": true, "payload": hello}))
            .await;
    }

    /// Refuses the `connect` as Gateways do: an answer, then a close frame.
    pub(crate) async fn refuse(&mut self, error: &Value) {
        let id = self.connect["id"].clone();
        self.send(&json!({"type": "res", "id": id, "ok": false, "error": error}))
            .await;
        let reason = error["message"].as_str().unwrap_or_default().to_owned();
        let frame = CloseFrame {
            code: 1008.into(),
            reason: reason.into(),
        };
        let _ = self.socket.close(Some(frame)).await;
    }

    /// Calls a command; `more` adds members to the event.
    pub(crate) async fn invoke(&mut self, id: &str, command: &str, more: &Value) {
        let mut payload = json!({"id": id, "nodeId": "n", "command": command, "paramsJSON": null});
        for (key, value) in more.as_object().into_iter().flatten() {
            payload[key] = value.clone();
        }
        self.event("node.invoke.request", &payload).await;
    }

    /// The next request of the node; gives the whole frame.
    pub(crate) async fn next_request(&mut self) -> Value {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next());
            let message = next
                .await
                .expect("the node says nothing")
                .expect("the node is gone");
            if let Message::Text(text) = message.unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// The next request of the node, which has to be this one.
    pub(crate) async fn request(&mut self, method: &str) -> Value {
        let frame = self.next_request().await;
        assert_eq!(frame["method"], method, "{frame}");
        frame
    }

    /// The next request, acknowledged; gives its params.
    pub(crate) async fn take(&mut self, method: &str) -> Value {
        let frame = self.request(method).await;
        self.acknowledge(&frame, &json!({"ok": true})).await;
        frame["params"].clone()
    }

    pub(crate) async fn acknowledge(&mut self, request: &Value, payload: &Value) {
        let id = request["id"].clone();
        self.send(&json!({"type": "res", "id": id, "ok": true, "payload": payload}))
            .await;
    }

    /// The next result, acknowledged.
    pub(crate) async fn result(&mut self) -> Value {
        self.take("node.invoke.result").await
    }

    /// Waits until the node closes the connection.
    pub(crate) async fn gone(mut self) {
        let end = async { while let Some(Ok(_)) = self.socket.next().await {} };
        tokio::time::timeout(PATIENCE, end)
            .await
            .expect("the node stays");
    }
}
