//! A Gateway that answers what the test says, and keeps what it was asked.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

use super::{Home, Process, Ran};

/// How long a client may stay silent, and a test may wait for a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// The name of its version.
pub(crate) const VERSION: &str = "2026.1.1-scripted";

/// One thing that it says because of a request.
#[derive(Debug, Clone)]
pub(crate) enum Say {
    /// A response with this result.
    Result(Value),
    /// A response with this error.
    Refused(&'static str, &'static str),
    /// An event.
    Event(&'static str, Value),
}

/// What is said to a method with these params; `None` where it is unknown.
type Script = dyn Fn(&str, &Value) -> Option<Vec<Say>> + Send + Sync;

/// The Gateway, on a port of loopback.
pub(crate) struct Scripted {
    /// Its port.
    pub(crate) port: u16,
    asked: Receiver<(String, Value)>,
}

impl Scripted {
    /// One that speaks this protocol.
    pub(crate) fn start(
        protocol: u64,
        script: impl Fn(&str, &Value) -> Option<Vec<Say>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, asked) = channel();
        let script: Arc<Script> = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, sender) = (Arc::clone(&script), sender.clone());
                // A connection that ends early ends its thread; what was asked tells the rest.
                thread::spawn(move || drop(serve(stream, protocol, &*script, &sender)));
            }
        });
        Self { port, asked }
    }

    /// One that gives this one answer to this one method.
    pub(crate) fn answering(protocol: u64, method: &'static str, answer: Value) -> Self {
        Self::start(protocol, move |asked, _| {
            (asked == method).then(|| vec![Say::Result(answer.clone())])
        })
    }

    /// Runs a command against it.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.home().run(&self.args(args))
    }

    /// Starts a command against it.
    pub(crate) fn begin(&self, home: &Home, args: &[&str]) -> Process {
        home.start(&self.args(args))
    }

    /// A home whose credentials it takes.
    #[expect(clippy::unused_self, reason = "it is this Gateway's")]
    pub(crate) fn home(&self) -> Home {
        Home::configured()
    }

    fn args<'a>(&self, args: &[&'a str]) -> Vec<&'a str> {
        let port: &'a str = Box::leak(self.port.to_string().into_boxed_str());
        let mut all = vec!["--port", port];
        all.extend(args);
        all
    }

    /// The next request: its method and params.
    #[track_caller]
    pub(crate) fn next(&self) -> (String, Value) {
        self.asked.recv_timeout(PATIENCE).expect("a request")
    }

    /// Everything that was asked by now.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        self.asked.try_iter().collect()
    }
}

type Broken = tokio_tungstenite::tungstenite::Error;

fn serve(
    stream: TcpStream,
    protocol: u64,
    script: &Script,
    asked: &Sender<(String, Value)>,
) -> Result<(), Broken> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let Ok(mut socket) = accept(stream) else {
        return Ok(());
    };
    let challenge = json!({
        "type": "event", "event": "connect.challenge",
        "payload": { "nonce": "n", "ts": 1_770_000_000_000_u64 },
    });
    send(&mut socket, &challenge)?;
    loop {
        let Message::Text(text) = socket.read()? else {
            continue;
        };
        let request: Value = serde_json::from_str(&text).unwrap();
        let method = request["method"].as_str().unwrap().to_owned();
        if method == "connect" {
            let hello = respond(&request, &Say::Result(hello(protocol)));
            send(&mut socket, &hello)?;
            continue;
        }
        let said = script(&method, &request["params"]).unwrap_or_else(|| {
            let unknown: &'static str =
                Box::leak(format!("unknown method: {method}").into_boxed_str());
            vec![Say::Refused("INVALID_REQUEST", unknown)]
        });
        // Who waits for the request knows that it was answered, too, once it sees it.
        for say in &said {
            let frame = respond(&request, say);
            send(&mut socket, &frame)?;
        }
        let _ = asked.send((method, request["params"].clone()));
    }
}

fn send(socket: &mut WebSocket<TcpStream>, frame: &Value) -> Result<(), Broken> {
    socket.send(Message::text(frame.to_string()))
}

fn respond(request: &Value, say: &Say) -> Value {
    let id = &request["id"];
    match say {
        Say::Result(payload) => json!({ "type": "res", "id": id, "ok": true, "payload": payload }),
        Say::Refused(code, message) => json!({
            "type": "res", "id": id, "ok": false, "error": { "code": code, "message": message },
        }),
        Say::Event(name, payload) => json!({ "type": "event", "event": name, "payload": payload }),
    }
}

fn hello(protocol: u64) -> Value {
    json!({
        "type": "hello-ok", "protocol": protocol,
        "server": { "version": VERSION, "connId": "c" },
        "features": { "methods": [], "events": [] },
        "snapshot": {
            "presence": [], "health": {}, "stateVersion": { "presence": 1, "health": 1 },
            "sessionDefaults": {
                "defaultAgentId": "ops", "mainKey": "main", "mainSessionKey": "agent:ops:main",
            },
        },
        "auth": { "role": "operator", "scopes": ["operator.read", "operator.write"] },
        "policy": { "maxPayload": 26_214_400, "maxBufferedBytes": 52_428_800, "tickIntervalMs": 30_000 },
    })
}
