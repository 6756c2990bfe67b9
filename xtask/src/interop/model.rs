//! A model on loopback, in the format of OpenAI's chat completions: it says the same words to
//! everybody, and does not stop where it is asked to talk without end.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::failure::{Doing, Outcome, fail};

/// What it says.
pub(super) const WORDS: [&str; 5] = ["Hello ", "from ", "the ", "fake ", "model."];
/// Whoever says this is talked to without end.
pub(super) const ENDLESS: &str = "talk-without-end";
/// How long it waits between two words when it talks without end.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a Gateway may take to let it go.
const LET_GO: Duration = Duration::from_secs(30);
/// How often it is looked whether it was.
const POLL: Duration = Duration::from_millis(100);

/// A model that answers. Stops when dropped.
#[derive(Debug)]
pub(super) struct Model {
    port: u16,
    talks: Arc<Talks>,
    _server: JoinSet<()>,
}

/// How many replies without end were begun, and how many of them nobody reads any more.
#[derive(Debug, Default)]
struct Talks {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// Counts the end of a reply however it comes.
struct Talk(Arc<Talks>);

impl Drop for Talk {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
    }
}

impl Model {
    /// Begins to answer on a free port.
    pub(super) async fn start() -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .doing("open a port for the model")?;
        let port = listener.local_addr().doing("name its port")?.port();
        let talks = Arc::<Talks>::default();
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(Arc::clone(&talks));
        let mut server = JoinSet::new();
        server.spawn(async move { drop(axum::serve(listener, app).await) });
        Ok(Self {
            port,
            talks,
            _server: server,
        })
    }

    /// Lets a configuration use this model and no other, and wake up by itself never.
    pub(super) fn configure(&self, config: &mut Value) {
        config["models"] = json!({
            "mode": "replace",
            "providers": { "fake": {
                "baseUrl": format!("http://127.0.0.1:{}/v1", self.port),
                "apiKey": "no-secret",
                "api": "openai-completions",
                "models": [{
                    "id": "fake-1", "name": "fake-1", "reasoning": false, "input": ["text"],
                    "cost": { "input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0 },
                    "contextWindow": 128_000, "maxTokens": 4096,
                }],
            } },
        });
        config["agents"] = json!({ "defaults": {
            "model": { "primary": "fake/fake-1" },
            "heartbeat": { "every": "0m" },
            "skipBootstrap": true,
        } });
    }

    /// Waits until it was asked to talk without end this many times.
    pub(super) async fn talks(&self, times: usize) -> Outcome {
        until("is asked to talk", || {
            self.talks.begun.load(Ordering::SeqCst) >= times
        })
        .await
    }

    /// Waits until nobody reads this many replies without end.
    pub(super) async fn was_let_go(&self, times: usize) -> Outcome {
        until("is let go", || {
            self.talks.ended.load(Ordering::SeqCst) >= times
        })
        .await
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) -> Outcome {
    let deadline = Instant::now() + LET_GO;
    while !is_so() {
        if Instant::now() > deadline {
            fail!(
                "nothing after {} s: the model never {what}",
                LET_GO.as_secs()
            );
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

async fn complete(State(talks): State<Arc<Talks>>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    if request["stream"] != true {
        return whole().into_response();
    }
    if lately(&request).contains(ENDLESS) {
        return endless(talks);
    }
    let mut text: String = WORDS.iter().map(|word| word_chunk(word)).collect();
    text.push_str(&last_chunk());
    ([(CONTENT_TYPE, "text/event-stream")], text).into_response()
}

/// The text of what was said lately: the newest original puts facts behind the message.
fn lately(request: &Value) -> String {
    let messages = request["messages"].as_array().map(Vec::as_slice);
    let messages = messages.unwrap_or_default().iter().rev();
    messages
        .take(3)
        .map(|message| message["content"].to_string())
        .collect()
}

fn endless(talks: Arc<Talks>) -> Response {
    talks.begun.fetch_add(1, Ordering::SeqCst);
    let words = stream::unfold(Talk(talks), |talk| async move {
        tokio::time::sleep(PAUSE).await;
        Some((Ok::<_, std::convert::Infallible>(word_chunk("on ")), talk))
    });
    let body = Body::from_stream(words);
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn word_chunk(word: &str) -> String {
    let choice = json!({ "index": 0, "delta": { "role": "assistant", "content": word }, "finish_reason": null });
    chunk(&choice, &Value::Null)
}

fn last_chunk() -> String {
    let choice = json!({ "index": 0, "delta": {}, "finish_reason": "stop" });
    chunk(&choice, &usage()) + "data: [DONE]\n\n"
}

fn chunk(choice: &Value, usage: &Value) -> String {
    let chunk = json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "fake-1",
        "choices": [choice], "usage": usage,
    });
    format!("data: {chunk}\n\n")
}

fn whole() -> axum::Json<Value> {
    axum::Json(json!({
        "id": "c", "object": "chat.completion", "created": 1, "model": "fake-1",
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": WORDS.concat() },
        }],
        "usage": usage(),
    }))
}

fn usage() -> Value {
    json!({ "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15 })
}
