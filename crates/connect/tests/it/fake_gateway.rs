//! A Gateway as a script: it does what the test tells it, frame by frame.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _};
use openclaw_connect::plan::client_info;
use openclaw_connect::{
    ConnectError, ConnectPlan, Connection, Connector, Endpoint, GatewayUrl, Io, Network, Trust,
};
use openclaw_protocol::Scope;
use openclaw_protocol::client::{ClientId, ClientMode};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The server's end of a WebSocket.
pub(crate) struct FakeGateway<S = DuplexStream> {
    socket: WebSocketStream<S>,
}

/// A request as the server sees it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) params: Value,
}

impl<S: Io> FakeGateway<S> {
    /// Takes the upgrade.
    pub(crate) async fn accept(io: S) -> Self {
        Self {
            socket: tokio_tungstenite::accept_async(io)
                .await
                .expect("an upgrade"),
        }
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.socket
            .send(Message::text(text.into()))
            .await
            .expect("the client reads");
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        self.socket.send(message).await.expect("the client reads");
    }

    pub(crate) async fn challenge(&mut self) {
        let payload = json!({"nonce": "nonce-1", "ts": 1_770_000_000_000_u64});
        self.send(json!({"type": "event", "event": "connect.challenge", "payload": payload}))
            .await;
    }

    /// The next request.
    pub(crate) async fn request(&mut self) -> Request {
        let frame: Value = match self.message().await {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("no text: {other:?}"),
        };
        assert_eq!(frame["type"], "req", "{frame}");
        Request {
            id: frame["id"].as_str().expect("an id").to_owned(),
            method: frame["method"].as_str().expect("a method").to_owned(),
            params: frame["params"].clone(),
        }
    }

    /// The next message of any kind.
    pub(crate) async fn message(&mut self) -> Message {
        self.socket
            .next()
            .await
            .expect("not the end")
            .expect("a message")
    }

    /// The close frame that must come next.
    pub(crate) async fn expect_close(&mut self) -> (u16, String) {
        match self.message().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("no close frame: {other:?}"),
        }
    }

    /// Reads until the client is gone.
    pub(crate) async fn drain(&mut self) {
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    pub(crate) async fn respond(&mut self, id: &str, payload: Value) {
        self.send(json!({"type": "res", "id": id, "ok": true, "payload": payload}))
            .await;
    }

    pub(crate) async fn refuse(&mut self, id: &str, error: Value) {
        self.send(json!({"type": "res", "id": id, "ok": false, "error": error}))
            .await;
    }

    pub(crate) async fn event(&mut self, name: &str, seq: Option<u64>, payload: Value) {
        let mut frame = json!({"type": "event", "event": name, "payload": payload});
        if let Some(seq) = seq {
            frame["seq"] = seq.into();
        }
        self.send(frame).await;
    }

    pub(crate) async fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.to_owned().into(),
        };
        // The client may be gone.
        let _ = self.socket.send(Message::Close(Some(frame))).await;
    }

    /// Challenge, `connect`, hello; returns the `connect`.
    pub(crate) async fn admit(&mut self, hello: Value) -> Request {
        self.challenge().await;
        let connect = self.request().await;
        assert_eq!(connect.method, "connect");
        self.respond(&connect.id, hello).await;
        connect
    }
}

/// The hello of a Gateway of this generation.
pub(crate) fn hello(protocol: u64) -> Value {
    let policy = match protocol {
        3 => {
            json!({"maxPayload": 524_288, "maxBufferedBytes": 1_572_864, "tickIntervalMs": 30_000})
        }
        _ => {
            json!({"maxPayload": 26_214_400, "maxBufferedBytes": 52_428_800, "tickIntervalMs": 30_000})
        }
    };
    json!({
        "type": "hello-ok",
        "protocol": protocol,
        "server": {"version": "2026.9.6", "connId": "c-1"},
        "features": {"methods": ["health"], "events": ["tick"]},
        "snapshot": {"presence": [], "health": {}, "stateVersion": {"presence": 1, "health": 1}, "uptimeMs": 1},
        "auth": {"role": "operator", "scopes": ["operator.read"]},
        "policy": policy,
    })
}

pub(crate) fn plan() -> ConnectPlan {
    ConnectPlan::operator(
        client_info(ClientId::Cli, ClientMode::Cli, "test"),
        [Scope::Read],
    )
}

pub(crate) fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(
        url.parse::<GatewayUrl>().expect("a gateway url"),
        Trust::System,
    )
}

/// Connects over an in-memory pipe to a Gateway that follows a script.
pub(crate) async fn over_pipe<T>(
    plan: ConnectPlan,
    connector: &Connector,
    script: impl AsyncFnOnce(FakeGateway) -> T,
) -> (Result<Connection, ConnectError>, T) {
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    let target = endpoint("ws://127.0.0.1:1/");
    tokio::join!(connector.connect_io(ours, &target, plan), async {
        script(FakeGateway::accept(theirs).await).await
    })
}

/// An open session over an in-memory pipe, and the Gateway's end of it.
pub(crate) async fn session_with(hello: Value) -> (Connection, FakeGateway) {
    session_through(&Connector::new(), hello).await
}

pub(crate) async fn session_through(
    connector: &Connector,
    hello: Value,
) -> (Connection, FakeGateway) {
    let (connection, gateway) = over_pipe(plan(), connector, async |mut gateway| {
        gateway.admit(hello).await;
        gateway
    })
    .await;
    (connection.expect("admitted"), gateway)
}

/// A listener on a free loopback port, and its address as a URL.
pub(crate) async fn listen(scheme: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    (listener, format!("{scheme}://127.0.0.1:{port}"))
}

/// A network that answers from a table and counts what it is asked.
pub(crate) struct CountingNetwork {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) log: Mutex<Vec<String>>,
}

impl CountingNetwork {
    pub(crate) fn with(addresses: &[&str]) -> Self {
        let addresses = addresses
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect();
        Self {
            addresses,
            log: Mutex::default(),
        }
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().expect("no panic").clone()
    }

    fn note(&self, what: String) {
        self.log.lock().expect("no panic").push(what);
    }
}

impl fmt::Debug for CountingNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CountingNetwork")
    }
}

impl Network for CountingNetwork {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
        self.note(format!("resolve {host}:{port}"));
        Box::pin(async move { Ok(self.addresses.clone()) })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, std::io::Result<Box<dyn Io>>> {
        self.note(format!("connect {address}"));
        Box::pin(async move { Err(std::io::ErrorKind::ConnectionRefused.into()) })
    }
}
