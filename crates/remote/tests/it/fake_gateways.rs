//! A network of fake Gateways: what each port answers is set by the test, what each was told is
//! recorded. No real port is opened.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _};
use openclaw_connect::{Connector, Io, Network};
use openclaw_tls_pin::{MinimumTls, ServerCert, SubjectNames, server_config};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// What a port does after the challenge: the `connect` params in, an answer out.
pub(crate) type Script = Arc<dyn Fn(&Value) -> Answer + Send + Sync>;

/// What a fake Gateway answers to `connect`.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A hello; every later request is answered by the function.
    Admit(Value, fn(&str, &Value) -> Result<Value, Value>),
    /// An error and a close frame.
    Refuse(Value),
    /// A close frame.
    Close(u16, &'static str),
    /// Nothing, for ever.
    Silence,
}

/// A port and the `connect` params that it was told.
pub(crate) type Told = Vec<(u16, Value)>;

pub(crate) struct FakeGateways {
    scripts: HashMap<u16, Script>,
    tls: HashMap<u16, TlsAcceptor>,
    told: Arc<Mutex<Told>>,
    dialled: Mutex<Vec<SocketAddr>>,
    tasks: Mutex<JoinSet<()>>,
}

impl FakeGateways {
    pub(crate) fn new() -> Self {
        Self {
            scripts: HashMap::new(),
            tls: HashMap::new(),
            told: Arc::default(),
            dialled: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    pub(crate) fn on(
        mut self,
        port: u16,
        script: impl Fn(&Value) -> Answer + Send + Sync + 'static,
    ) -> Self {
        self.scripts.insert(port, Arc::new(script));
        self
    }

    /// The same, behind TLS with this certificate.
    pub(crate) fn with_tls(mut self, port: u16, cert: &ServerCert) -> Self {
        let config = server_config(cert, MinimumTls::default()).unwrap();
        self.tls.insert(port, TlsAcceptor::from(config));
        self
    }

    pub(crate) fn told(&self) -> Told {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn dialled(&self) -> Vec<SocketAddr> {
        self.dialled.lock().unwrap().clone()
    }
}

pub(crate) fn connector(network: &Arc<FakeGateways>) -> Connector {
    Connector::new().with_network(Arc::clone(network) as Arc<dyn Network>)
}

/// A self-signed certificate for this machine, valid from 2024 on.
pub(crate) fn cert() -> ServerCert {
    ServerCert::generate(&SubjectNames::local(), 1_704_067_200).unwrap()
}

pub(crate) fn hello() -> Value {
    json!({
        "type": "hello-ok", "protocol": 4,
        "server": {"version": "2026.9.6", "connId": "c"},
        "auth": {"role": "operator", "scopes": ["operator.admin"]},
        "policy": {"maxPayload": 26_214_400, "tickIntervalMs": 30_000},
    })
}

impl fmt::Debug for FakeGateways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeGateways")
    }
}

impl Network for FakeGateways {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        _port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { panic!("{host} was looked up") })
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        self.dialled.lock().unwrap().push(address);
        let port = address.port();
        let Some(script) = self.scripts.get(&port).cloned() else {
            return Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) });
        };
        let (ours, theirs) = tokio::io::duplex(256 * 1024);
        let (tls, told) = (self.tls.get(&port).cloned(), Arc::clone(&self.told));
        self.tasks.lock().unwrap().spawn(async move {
            match tls {
                None => serve(theirs, port, script, told).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(theirs).await {
                        serve(stream, port, script, told).await;
                    }
                }
            }
        });
        Box::pin(async move { Ok(Box::new(ours) as Box<dyn Io>) })
    }
}

async fn serve(io: impl Io, port: u16, script: Script, told: Arc<Mutex<Told>>) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(io).await else {
        return;
    };
    let challenge = json!({
        "type": "event", "event": "connect.challenge",
        "payload": {"nonce": "n", "ts": 1_770_000_000_000_u64},
    });
    if socket
        .send(Message::text(challenge.to_string()))
        .await
        .is_err()
    {
        return;
    }
    let mut on_request = None;
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        let frame: Value = serde_json::from_str(&text).unwrap();
        let params = &frame["params"];
        let answer = match on_request {
            None => {
                told.lock().unwrap().push((port, params.clone()));
                match script(params) {
                    Answer::Admit(hello, handler) => {
                        on_request = Some(handler);
                        Ok(hello)
                    }
                    Answer::Refuse(error) => Err(error),
                    Answer::Close(code, reason) => {
                        let close = CloseFrame {
                            code: code.into(),
                            reason: reason.into(),
                        };
                        let _ = socket.send(Message::Close(Some(close))).await;
                        continue;
                    }
                    Answer::Silence => continue,
                }
            }
            Some(handler) => handler(frame["method"].as_str().unwrap(), params),
        };
        let id = &frame["id"];
        let is_refused = answer.is_err() && on_request.is_none();
        let response = match answer {
            Ok(payload) => json!({"type": "res", "id": id, "ok": true, "payload": payload}),
            Err(error) => json!({"type": "res", "id": id, "ok": false, "error": error}),
        };
        let reason = response["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let _ = socket.send(Message::text(response.to_string())).await;
        if is_refused {
            let close = CloseFrame {
                code: 1008.into(),
                reason: reason.into(),
            };
            let _ = socket.send(Message::Close(Some(close))).await;
        }
    }
}
