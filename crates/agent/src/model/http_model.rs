//! A model behind an interface of a provider.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::classify::{refusal, told_in_stream};
use super::limits::{MAX_EVENT_BYTES, MAX_REFUSAL_BYTES, MAX_STREAM_BYTES};
use super::sse::{EventTooLarge, SseReader};
use super::transport::{ByteStream, HttpRequest, HttpResponse, Transport, TransportError};
use super::wire::{self, Decoder, WireFault};
use super::{
    Model, ModelError, ModelEvent, ModelFault, ModelInfo, ModelRequest, ModelStream, TimeoutKind,
    Timeouts,
};

/// A model that is asked over HTTP.
pub(super) struct HttpModel {
    pub(super) info: ModelInfo,
    pub(super) endpoint: Url,
    pub(super) headers: HeaderMap,
    /// Everything that must not be repeated to a person.
    pub(super) secrets: Vec<SecretString>,
    pub(super) timeouts: Timeouts,
    pub(super) transport: Arc<dyn Transport>,
}

impl fmt::Debug for HttpModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpModel")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Model for HttpModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    async fn ask(&self, request: &ModelRequest) -> Result<ModelStream, ModelError> {
        let begun = Instant::now();
        let body = wire::body(&self.info, request).to_string().into_bytes();
        let sent = HttpRequest {
            url: self.endpoint.clone(),
            headers: self.headers.clone(),
            body,
        };
        let answer = timeout(self.timeouts.first_byte, self.transport.post(sent))
            .await
            .map_err(|_| self.late(TimeoutKind::FirstByte, self.timeouts.first_byte))?
            .map_err(|why| self.lost(why))?;
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(answer).await);
        }
        let kind = answer
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|one| one.to_str().ok());
        if kind.is_some_and(|kind| {
            kind.starts_with("application/json") || kind.starts_with("text/html")
        }) {
            return Err(self.not_streamed(answer).await);
        }
        Ok(self.events(answer.body, begun))
    }
}

impl HttpModel {
    fn error(&self, fault: ModelFault, detail: &str) -> ModelError {
        explain(&self.info, &self.secrets, fault, detail)
    }

    fn late(&self, kind: TimeoutKind, after: Duration) -> ModelError {
        self.error(ModelFault::Timeout { kind, after }, "")
    }

    fn lost(&self, why: TransportError) -> ModelError {
        match why {
            TransportError::ConnectTimeout => {
                self.late(TimeoutKind::Connect, self.timeouts.connect)
            }
            TransportError::Connect(detail) => self.error(ModelFault::Network, &detail),
            TransportError::Broken(detail) => self.error(ModelFault::Broken, &detail),
        }
    }

    async fn refused(&self, answer: HttpResponse) -> ModelError {
        let body = read_some(answer.body).await;
        let (fault, detail) = refusal(answer.status, &answer.headers, &body, crate::clock::now());
        self.error(fault, &detail)
    }

    /// A success that is no stream: a failure in disguise, or something else than a provider.
    async fn not_streamed(&self, answer: HttpResponse) -> ModelError {
        let body = read_some(answer.body).await;
        match serde_json::from_slice::<serde_json::Value>(&body) {
            Ok(value) if value.get("error").is_some_and(|error| !error.is_null()) => {
                let (fault, detail) = told_in_stream(&value);
                self.error(fault, &detail)
            }
            _ => self.error(ModelFault::Garbage, "the server did not stream its answer"),
        }
    }

    fn events(&self, body: ByteStream, begun: Instant) -> ModelStream {
        let reading = Reading {
            info: self.info.clone(),
            secrets: self.secrets.clone(),
            timeouts: self.timeouts,
            body,
            until: begun + self.timeouts.total,
            sse: SseReader::default(),
            decoder: wire::decoder(self.info.api),
            ready: VecDeque::new(),
            bytes: 0,
            ended: false,
        };
        stream::unfold(reading, |mut reading| async move {
            reading.next().await.map(|event| (event, reading))
        })
        .boxed()
    }
}

struct Reading {
    info: ModelInfo,
    secrets: Vec<SecretString>,
    timeouts: Timeouts,
    body: ByteStream,
    until: Instant,
    sse: SseReader,
    decoder: Box<dyn Decoder>,
    ready: VecDeque<ModelEvent>,
    bytes: usize,
    ended: bool,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<ModelEvent, ModelError>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.ended |= matches!(event, ModelEvent::Stop(_));
                return Some(Ok(event));
            }
            if self.ended {
                return None;
            }
            match self.more().await {
                Ok(events) => self.ready.extend(events),
                Err((fault, detail)) => {
                    self.ended = true;
                    return Some(Err(explain(&self.info, &self.secrets, fault, &detail)));
                }
            }
        }
    }

    async fn more(&mut self) -> Result<Vec<ModelEvent>, (ModelFault, String)> {
        let (kind, wait) = match self.bytes {
            0 => (TimeoutKind::FirstByte, self.timeouts.first_byte),
            _ => (TimeoutKind::Idle, self.timeouts.idle),
        };
        let now = Instant::now();
        let (kind, after) = match now + wait < self.until {
            true => (kind, wait),
            false => (TimeoutKind::Total, self.timeouts.total),
        };
        let piece = timeout_at((now + wait).min(self.until), self.body.next())
            .await
            .map_err(|_| (ModelFault::Timeout { kind, after }, String::new()))?;
        let piece = match piece {
            None => {
                let events = self.decoder.at_end().map_err(told)?;
                self.ended = events.is_empty();
                return Ok(events);
            }
            Some(Err(why)) => return Err((ModelFault::Broken, why.to_string())),
            Some(Ok(piece)) => piece,
        };
        self.bytes = self.bytes.saturating_add(piece.len());
        if self.bytes > MAX_STREAM_BYTES {
            let fault = ModelFault::TooLarge {
                what: "the answer",
                limit: MAX_STREAM_BYTES,
            };
            return Err((fault, String::new()));
        }
        let events = self.sse.push(&piece).map_err(|EventTooLarge| {
            let fault = ModelFault::TooLarge {
                what: "an event of the answer",
                limit: MAX_EVENT_BYTES,
            };
            (fault, String::new())
        })?;
        let mut out = Vec::new();
        for event in events {
            match self.decoder.on(&event) {
                Ok(events) => out.extend(events),
                // What was read before the fault still counts: it comes first.
                Err(fault) if out.is_empty() => return Err(told(fault)),
                Err(fault) => {
                    self.decoder = Box::new(Failed(fault));
                    self.body =
                        stream::once(async { Ok(bytes::Bytes::from_static(b"data: .\n\n")) })
                            .boxed();
                    self.sse = SseReader::default();
                    break;
                }
            }
        }
        Ok(out)
    }
}

/// Stands in for a reader that failed, until what it read before is taken.
struct Failed(WireFault);

impl Decoder for Failed {
    fn on(&mut self, _: &super::sse::SseEvent) -> Result<Vec<ModelEvent>, WireFault> {
        Err(self.0.clone())
    }

    fn at_end(&mut self) -> Result<Vec<ModelEvent>, WireFault> {
        Err(self.0.clone())
    }
}

fn told(fault: WireFault) -> (ModelFault, String) {
    (fault.fault, fault.detail)
}

/// An error without any of the secrets, should the provider have repeated them.
fn explain(
    info: &ModelInfo,
    secrets: &[SecretString],
    fault: ModelFault,
    detail: &str,
) -> ModelError {
    let mut detail = detail.to_owned();
    for secret in secrets {
        let secret = secret.expose_secret().trim();
        if secret.len() >= 4 {
            detail = detail.replace(secret, "[key]");
        }
    }
    ModelError::new(info, fault, &detail)
}

/// The beginning of a body, waited for only so long.
async fn read_some(mut body: ByteStream) -> Vec<u8> {
    let mut out = Vec::new();
    let until = Instant::now() + Duration::from_secs(10);
    while out.len() < MAX_REFUSAL_BYTES
        && let Ok(Some(Ok(piece))) = timeout_at(until, body.next()).await
    {
        let room = MAX_REFUSAL_BYTES - out.len();
        out.extend_from_slice(&piece[..piece.len().min(room)]);
    }
    out
}

#[cfg(test)]
mod tests;
