//! Server-sent events: a run told while it goes on.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Response};
use bytes::Bytes;
use futures_util::stream;
use serde_json::Value;

use super::fault::ApiFault;
use super::run::{ApiRun, Next};
use crate::runs::Ended;

/// How long nothing is sent before a comment shows that the connection stands.
const QUIET: Duration = Duration::from_secs(15);

/// Tells a run in the words of one interface.
pub(super) trait Teller: Send + 'static {
    /// The run has begun.
    fn begins(&mut self, out: &mut Out);
    /// It says more.
    fn says(&mut self, text: &str, out: &mut Out);
    /// It has ended.
    fn ends(&mut self, ended: &Ended, out: &mut Out);
    /// It failed.
    fn fails(&mut self, fault: &ApiFault, out: &mut Out);
}

/// Events that wait to be sent.
#[derive(Debug, Default)]
pub(super) struct Out(VecDeque<Bytes>);

impl Out {
    /// An event without a name.
    pub(super) fn data(&mut self, data: &Value) {
        self.0.push_back(format!("data: {data}\n\n").into());
    }

    /// An event with one.
    pub(super) fn event(&mut self, name: &str, data: &Value) {
        self.0
            .push_back(format!("event: {name}\ndata: {data}\n\n").into());
    }

    fn done(&mut self) {
        self.0.push_back(Bytes::from_static(b"data: [DONE]\n\n"));
    }
}

struct Telling<T> {
    run: ApiRun,
    teller: T,
    out: Out,
    is_over: bool,
}

/// The answer that tells a run while it goes on. When it is dropped, because the client is gone,
/// the run is stopped.
pub(super) fn answer<T: Teller>(run: ApiRun, mut teller: T) -> Response<Body> {
    let mut out = Out::default();
    teller.begins(&mut out);
    let telling = Telling {
        run,
        teller,
        out,
        is_over: false,
    };
    let events = stream::unfold(telling, |mut telling| async move {
        let event = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (CACHE_CONTROL, "no-cache, no-store"),
        // Proxies that gather answers would gather the whole stream.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

impl<T: Teller> Telling<T> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(event) = self.out.0.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            match tokio::time::timeout(QUIET, self.run.next()).await {
                Err(_quiet) => return Some(Bytes::from_static(b": the run goes on\n\n")),
                Ok(Next::Text(text)) => self.teller.says(&text, &mut self.out),
                Ok(Next::Ended(ended)) => self.end(ended),
            }
        }
    }

    fn end(&mut self, ended: Result<Arc<Ended>, ApiFault>) {
        match ended {
            Ok(ended) => self.teller.ends(&ended, &mut self.out),
            Err(fault) => self.teller.fails(&fault, &mut self.out),
        }
        self.out.done();
        self.is_over = true;
    }
}
