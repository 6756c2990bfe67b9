//! A bare WebSocket server: what `xtask bench` compares the Gateway with.
//!
//! It does on the wire what a Gateway does, and nothing behind it: upgrade, one challenge, one
//! request read and parsed, one answer of a given size; then one answer per message. Paths choose
//! what happens after the handshake, and the query gives the sizes in bytes:
//!
//! | Path | Then |
//! | --- | --- |
//! | `/?hello=&reply=` | every message is answered |
//! | `/node?hello=&ask=&ack=` | is asked what callers ask; its answers are acknowledged |
//! | `/caller?hello=&answer=` | asks the node and gets its answer |
//! | `/subscribe?hello=` | receives what is posted |
//! | `/post?hello=&reply=&event=` | every message goes to all subscribers |

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::Uri;
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{broadcast, mpsc};

/// Messages that may wait for one peer.
const QUEUE: usize = 1024;

/// What the server sends first.
const CHALLENGE: &str = r#"{"type":"event","event":"connect.challenge","payload":{"nonce":"00000000-0000-4000-8000-000000000000","ts":1700000000000}}"#;

/// Who can be reached.
#[derive(Clone)]
struct Shared {
    node: Arc<Mutex<Option<mpsc::Sender<u32>>>>,
    callers: Arc<Mutex<HashMap<u32, mpsc::Sender<()>>>>,
    posted: broadcast::Sender<Utf8Bytes>,
}

/// The part of a request that a server must look at.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    method: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(port) = std::env::args()
        .nth(1)
        .and_then(|port| port.parse::<u16>().ok())
    else {
        return ExitCode::FAILURE;
    };
    let shared = Shared {
        node: Arc::default(),
        callers: Arc::default(),
        posted: broadcast::channel(QUEUE).0,
    };
    let app = Router::new()
        .route("/", get(upgrade))
        .route("/{role}", get(upgrade))
        .with_state(shared);
    let Ok(listener) = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await else {
        return ExitCode::FAILURE;
    };
    // As every server for small messages does; without it acknowledgements wait 40 ms.
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    match axum::serve(listener, app).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

async fn upgrade(State(shared): State<Shared>, uri: Uri, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |mut socket| async move {
        let size = |name: &str| {
            let query = uri.query().unwrap_or_default();
            let value = query
                .split('&')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.and_then(|value| value.parse().ok()).unwrap_or(64)
        };
        if welcome(&mut socket, size("hello")).await.is_none() {
            return;
        }
        // A peer that goes away ends its own connection and nothing else.
        let _ended = match uri.path() {
            "/node" => node(&mut socket, &shared, size("ask"), size("ack")).await,
            "/caller" => caller(&mut socket, &shared, size("answer")).await,
            "/subscribe" => subscriber(&mut socket, &shared).await,
            "/post" => poster(&mut socket, &shared, size("reply"), size("event")).await,
            _ => plain(&mut socket, size("reply")).await,
        };
    })
}

/// The handshake. `None`: the peer is gone or talks nonsense.
async fn welcome(socket: &mut WebSocket, hello: usize) -> Option<()> {
    socket.send(Message::text(CHALLENGE)).await.ok()?;
    let text = next(socket).await?;
    let request: Request<'_> = serde_json::from_str(&text).ok()?;
    if request.id.is_empty() || request.method != "connect" || request.params.is_none() {
        return None;
    }
    socket.send(Message::Text(response(hello))).await.ok()
}

async fn plain(socket: &mut WebSocket, reply: usize) -> Option<()> {
    let reply = response(reply);
    loop {
        next(socket).await?;
        socket.send(Message::Text(reply.clone())).await.ok()?;
    }
}

async fn node(socket: &mut WebSocket, shared: &Shared, ask: usize, ack: usize) -> Option<()> {
    let (sender, mut asked) = mpsc::channel(QUEUE);
    *shared.node.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    let ack = response(ack);
    loop {
        tokio::select! {
            caller = asked.recv() => {
                let text = padded(&format!("{:08}", caller?), ask);
                socket.send(Message::Text(text)).await.ok()?;
            }
            text = next(socket) => {
                let text = text?;
                let caller: u32 = text.get(..8)?.parse().ok()?;
                let waiting = shared.callers.lock().unwrap_or_else(PoisonError::into_inner).get(&caller).cloned();
                if let Some(waiting) = waiting {
                    waiting.send(()).await.ok()?;
                }
                socket.send(Message::Text(ack.clone())).await.ok()?;
            }
        }
    }
}

async fn caller(socket: &mut WebSocket, shared: &Shared, answer: usize) -> Option<()> {
    let (sender, mut answered) = mpsc::channel(QUEUE);
    let number = {
        let mut callers = shared
            .callers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(callers.len()).ok()?;
        callers.insert(number, sender);
        number
    };
    let node = shared
        .node
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()?;
    let answer = response(answer);
    loop {
        next(socket).await?;
        node.send(number).await.ok()?;
        answered.recv().await?;
        socket.send(Message::Text(answer.clone())).await.ok()?;
    }
}

async fn subscriber(socket: &mut WebSocket, shared: &Shared) -> Option<()> {
    let mut posted = shared.posted.subscribe();
    loop {
        tokio::select! {
            event = posted.recv() => socket.send(Message::Text(event.ok()?)).await.ok()?,
            text = next(socket) => drop(text?),
        }
    }
}

async fn poster(socket: &mut WebSocket, shared: &Shared, reply: usize, event: usize) -> Option<()> {
    let reply = response(reply);
    let event = padded(r#"{"type":"event","event":"voicewake.changed","#, event);
    loop {
        next(socket).await?;
        // Nobody may listen.
        let _ = shared.posted.send(event.clone());
        socket.send(Message::Text(reply.clone())).await.ok()?;
    }
}

/// The next text; `None` at the end of the connection.
async fn next(socket: &mut WebSocket) -> Option<Utf8Bytes> {
    loop {
        match socket.recv().await? {
            Ok(Message::Text(text)) => return Some(text),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_)) => {}
            Ok(Message::Close(_)) | Err(_) => return None,
        }
    }
}

/// Something that looks like a response, of this size.
fn response(size: usize) -> Utf8Bytes {
    padded(r#"{"type":"res","id":"1","ok":true,"payload":"#, size)
}

fn padded(start: &str, size: usize) -> Utf8Bytes {
    let mut text = String::with_capacity(size.max(start.len()));
    text.push_str(start);
    text.extend(std::iter::repeat_n('x', size.saturating_sub(start.len())));
    text.into()
}
