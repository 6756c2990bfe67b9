//! Calls and events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::frames;
use crate::refusal::Refusal;

/// Something that the browser said of itself.
#[derive(Debug)]
pub(crate) struct Event {
    /// The session of a tab; none for the browser as a whole.
    pub(crate) session: Option<String>,
    /// `Page.loadEventFired`
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// A connection to a browser. It ends with this value.
#[derive(Debug)]
pub(crate) struct Cdp {
    calls: mpsc::Sender<Call>,
    events: broadcast::Sender<Arc<Event>>,
    closed: CancellationToken,
    _task: JoinSet<()>,
}

#[derive(Debug)]
struct Call {
    session: Option<String>,
    method: &'static str,
    params: Value,
    answer: oneshot::Sender<Result<Value, Refusal>>,
}

#[derive(Serialize)]
struct Outgoing<'a> {
    id: u64,
    #[serde(rename = "sessionId", skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    method: &'a str,
    params: &'a Value,
}

#[derive(Deserialize)]
struct Incoming {
    id: Option<u64>,
    #[serde(rename = "sessionId")]
    session: Option<String>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    result: Value,
    error: Option<CallError>,
}

#[derive(Deserialize)]
struct CallError {
    message: String,
}

impl Cdp {
    /// Speaks with the browser at the other end of a pipe.
    pub(crate) fn new<R, W>(from: R, to: W) -> Self
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let (calls, waiting) = mpsc::channel(CALLS);
        let (events, _) = broadcast::channel(EVENTS);
        let closed = CancellationToken::new();
        let mut task = JoinSet::new();
        let (told, ended) = (events.clone(), closed.clone());
        task.spawn(async move {
            let _guard = ended.drop_guard();
            run(from, to, waiting, &told).await;
        });
        Self {
            calls,
            events,
            closed,
            _task: task,
        }
    }

    /// Ends when the browser is gone.
    pub(crate) const fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// What the browser says from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// Asks the browser, or the tab of a session, for something.
    pub(crate) async fn call(
        &self,
        session: Option<&str>,
        method: &'static str,
        params: Value,
    ) -> Result<Value, Refusal> {
        let (answer, answered) = oneshot::channel();
        let call = Call {
            session: session.map(str::to_owned),
            method,
            params,
            answer,
        };
        let exchange = async {
            self.calls.send(call).await.map_err(|_| gone())?;
            answered.await.unwrap_or_else(|_| Err(gone()))
        };
        tokio::time::timeout(PATIENCE, exchange)
            .await
            .unwrap_or_else(|_| {
                Err(Refusal::late(format!(
                    "the browser did not answer `{method}` in {} seconds",
                    PATIENCE.as_secs()
                )))
            })
    }
}

/// Bounds what is asked and not sent yet.
const CALLS: usize = 64;
/// Bounds the events that a slow listener may fall behind.
const EVENTS: usize = 256;
/// The longest that one question may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn gone() -> Refusal {
    Refusal::unavailable("the browser ended")
}

type Open = HashMap<u64, oneshot::Sender<Result<Value, Refusal>>>;

async fn run<R, W>(
    from: R,
    mut to: W,
    mut calls: mpsc::Receiver<Call>,
    events: &broadcast::Sender<Arc<Event>>,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut from = BufReader::with_capacity(64 * 1024, from);
    let mut buffer = Vec::new();
    let mut open = Open::new();
    let mut next_id = 0;
    loop {
        tokio::select! {
            call = calls.recv() => {
                let Some(call) = call else { return };
                next_id += 1;
                // A caller that gave up leaves its place.
                open.retain(|_, answer| !answer.is_closed());
                if let Err(error) = send(&mut to, next_id, &call).await {
                    tracing::debug!(%error, "cannot write to the browser");
                    return;
                }
                open.insert(next_id, call.answer);
            }
            read = frames::read(&mut from, &mut buffer) => {
                match read {
                    Ok(true) => take(&buffer, &mut open, events),
                    Ok(false) => return,
                    Err(error) => {
                        tracing::warn!(%error, "the pipe to the browser failed");
                        return;
                    }
                }
                buffer.clear();
            }
        }
    }
}

async fn send<W: AsyncWrite + Unpin>(to: &mut W, id: u64, call: &Call) -> std::io::Result<()> {
    let message = Outgoing {
        id,
        session: call.session.as_deref(),
        method: call.method,
        params: &call.params,
    };
    let mut bytes = serde_json::to_vec(&message)?;
    bytes.push(0);
    to.write_all(&bytes).await?;
    to.flush().await
}

fn take(bytes: &[u8], open: &mut Open, events: &broadcast::Sender<Arc<Event>>) {
    let message: Incoming = match serde_json::from_slice(bytes) {
        Ok(message) => message,
        Err(error) => {
            tracing::debug!(%error, "the browser said something unreadable");
            return;
        }
    };
    if let Some(answer) = message.id.and_then(|id| open.remove(&id)) {
        let answered = message.error.map_or(Ok(message.result), |error| {
            Err(Refusal::failed(error.message))
        });
        // Nobody waits any more.
        let _ = answer.send(answered);
    } else if let Some(method) = message.method {
        let params = if message.params.is_null() {
            Value::Object(Map::new())
        } else {
            message.params
        };
        // Without a listener there is nobody to tell.
        let _ = events.send(Arc::new(Event {
            session: message.session,
            method,
            params,
        }));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex, split};

    use super::Cdp;

    fn pair() -> (Cdp, DuplexStream) {
        let (ours, theirs) = duplex(1 << 16);
        let (from, to) = split(ours);
        (Cdp::new(from, to), theirs)
    }

    async fn question(browser: &mut DuplexStream) -> serde_json::Value {
        let mut bytes = Vec::new();
        loop {
            match browser.read_u8().await.unwrap() {
                0 => return serde_json::from_slice(&bytes).unwrap(),
                byte => bytes.push(byte),
            }
        }
    }

    #[tokio::test]
    async fn answers_find_their_questions_in_any_order() {
        let (cdp, mut browser) = pair();
        let answers = async {
            let first = question(&mut browser).await;
            let second = question(&mut browser).await;
            assert_eq!(first["sessionId"], "s");
            assert!(second.get("sessionId").is_none());
            for (asked, result) in [(second, 2), (first, 1)] {
                let text = json!({"id": asked["id"], "result": result}).to_string();
                browser.write_all(text.as_bytes()).await.unwrap();
                browser.write_u8(0).await.unwrap();
            }
            browser
        };
        let (one, two, _browser) = tokio::join!(
            biased;
            cdp.call(Some("s"), "A.a", json!({})),
            cdp.call(None, "B.b", json!({})),
            answers
        );
        assert_eq!((one.unwrap(), two.unwrap()), (json!(1), json!(2)));
    }

    #[tokio::test]
    async fn an_error_and_the_end_are_refusals() {
        let (cdp, mut browser) = pair();
        let answer = async {
            let asked = question(&mut browser).await;
            let text = json!({"id": asked["id"], "error": {"code": 1, "message": "no such tab"}});
            browser
                .write_all(text.to_string().as_bytes())
                .await
                .unwrap();
            browser.write_u8(0).await.unwrap();
        };
        let (refused, ()) = tokio::join!(cdp.call(None, "A.a", json!({})), answer);
        assert_eq!(refused.unwrap_err().message, "no such tab");
        drop(browser);
        let refused = cdp.call(None, "A.a", json!({})).await.unwrap_err();
        assert_eq!(refused.status, 503);
        cdp.closed().cancelled().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_browser_that_does_not_answer_is_given_up() {
        let (cdp, _browser) = pair();
        let refused = cdp.call(None, "A.a", json!({})).await.unwrap_err();
        assert_eq!(refused.status, 504);
        assert!(refused.message.contains("`A.a`"));
    }

    #[tokio::test]
    async fn events_reach_those_who_listen_and_garbage_nobody() {
        let (cdp, mut browser) = pair();
        let mut events = cdp.events();
        browser
            .write_all(b"nonsense\0{\"id\":99}\0{\"method\":\"Page.x\",\"sessionId\":\"s\"}\0")
            .await
            .unwrap();
        let event = events.recv().await.unwrap();
        assert_eq!(event.method, "Page.x");
        assert_eq!(event.session.as_deref(), Some("s"));
        assert_eq!(event.params, json!({}));
    }
}
