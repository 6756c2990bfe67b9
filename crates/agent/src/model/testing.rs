//! Stand-ins for providers, in memory, so that tests of time run in none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::HeaderMap;

use super::sse::SseReader;
use super::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use super::wire::{Decoder, WireFault};
use super::{
    Api, CallNote, CallSink, KeyHeader, Model, ModelError, ModelEvent, ModelFault, ModelInfo,
    ModelRef, ModelRequest, ModelSpec, ModelStream, ProviderSpec, StopReason, Timeouts,
};
use crate::tool::ToolSpec;

/// A model that sees nothing and thinks nothing.
pub(crate) fn info() -> ModelInfo {
    ModelInfo {
        reference: ModelRef::new("fake", "fake-1"),
        spec: ModelSpec::new("fake-1"),
        api: Api::OpenAiChat,
        host: "models.example".into(),
    }
}

pub(crate) fn tool_spec(name: &str) -> Arc<ToolSpec> {
    Arc::new(ToolSpec {
        name: name.into(),
        description: "A tool.".into(),
        parameters: serde_json::json!({"type": "object"}),
    })
}

pub(crate) fn provider(name: &str, base_url: &str) -> ProviderSpec {
    ProviderSpec {
        name: name.into(),
        base_url: base_url.parse().expect("a test's address"),
        api: Api::OpenAiChat,
        api_key: Some("sk-very-secret".to_owned().into()),
        auth: KeyHeader::Usual,
        headers: vec![],
        models: vec![ModelSpec::new("fake-1")],
        timeouts: Timeouts::default(),
    }
}

/// Reads a whole stream.
pub(super) fn decode(decoder: &mut dyn Decoder, text: &str) -> Result<Vec<ModelEvent>, WireFault> {
    let mut out = Vec::new();
    for event in SseReader::default()
        .push(text.as_bytes())
        .expect("a test's stream is small")
    {
        out.extend(decoder.on(&event)?);
    }
    out.extend(decoder.at_end()?);
    Ok(out)
}

/// A piece of an answer that is written by hand.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    Wait(Duration),
    Break,
    Stall,
}

/// An answer that is written by hand.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Http {
        status: u16,
        headers: Vec<(&'static str, &'static str)>,
        pieces: Vec<Piece>,
    },
    Error(TransportError),
    Never,
}

impl Answer {
    pub(crate) fn stream(text: &str) -> Self {
        Self::pieces(vec![Piece::Bytes(text.as_bytes().to_vec())])
    }

    pub(crate) fn pieces(pieces: Vec<Piece>) -> Self {
        Self::Http {
            status: 200,
            headers: vec![("content-type", "text/event-stream")],
            pieces,
        }
    }

    pub(crate) fn refusal(
        status: u16,
        headers: &[(&'static str, &'static str)],
        body: &str,
    ) -> Self {
        let pieces = vec![Piece::Bytes(body.as_bytes().to_vec())];
        Self::Http {
            status,
            headers: headers.to_vec(),
            pieces,
        }
    }
}

/// Answers requests with what was written by hand, in order.
#[derive(Debug, Default)]
pub(crate) struct ScriptedTransport {
    pub(crate) answers: Mutex<VecDeque<Answer>>,
    pub(crate) seen: Mutex<Vec<serde_json::Value>>,
}

impl ScriptedTransport {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            seen: Mutex::default(),
        }
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    async fn post(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let body = serde_json::from_slice(&request.body).expect("a body is JSON");
        self.seen.lock().unwrap().push(body);
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.expect("the script has an answer for every request") {
            Answer::Never => std::future::pending().await,
            Answer::Error(error) => Err(error),
            Answer::Http {
                status,
                headers,
                pieces,
            } => {
                let mut map = HeaderMap::new();
                for (name, value) in headers {
                    map.insert(name, value.parse().expect("a test's header"));
                }
                let body = stream::iter(pieces).filter_map(|piece| async {
                    match piece {
                        Piece::Bytes(bytes) => Some(Ok(Bytes::from(bytes))),
                        Piece::Break => Some(Err(TransportError::Broken("reset".into()))),
                        Piece::Wait(wait) => {
                            tokio::time::sleep(wait).await;
                            None
                        }
                        Piece::Stall => std::future::pending().await,
                    }
                });
                Ok(HttpResponse {
                    status,
                    headers: map,
                    body: body.boxed(),
                })
            }
        }
    }
}

/// A model that says what was written by hand, one script per call.
#[derive(Debug)]
pub(crate) struct ScriptedModel {
    pub(crate) info: ModelInfo,
    pub(crate) scripts: Mutex<VecDeque<Vec<Said>>>,
    pub(crate) asked: Mutex<Vec<ModelRequest>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Said {
    Event(ModelEvent),
    Fault(ModelFault),
    Stall,
}

impl ScriptedModel {
    pub(crate) fn new(name: &str, scripts: impl IntoIterator<Item = Vec<Said>>) -> Arc<Self> {
        let mut info = info();
        info.reference = ModelRef::new("fake", name);
        Arc::new(Self {
            info,
            scripts: Mutex::new(scripts.into_iter().collect()),
            asked: Mutex::default(),
        })
    }
}

/// A whole answer of text.
pub(crate) fn says(text: &str) -> Vec<Said> {
    vec![
        Said::Event(ModelEvent::Text(text.into())),
        Said::Event(ModelEvent::Usage(super::Usage {
            input: 10,
            output: 2,
            ..Default::default()
        })),
        Said::Event(ModelEvent::Stop(StopReason::Stop)),
    ]
}

/// A whole answer that calls tools: id, name, arguments.
pub(crate) fn calls(calls: &[(&str, &str, &str)]) -> Vec<Said> {
    let mut out: Vec<Said> = calls
        .iter()
        .map(|(id, name, arguments)| {
            Said::Event(ModelEvent::ToolCall(crate::message::ToolCall {
                id: (*id).into(),
                name: (*name).into(),
                arguments: (*arguments).into(),
            }))
        })
        .collect();
    out.push(Said::Event(ModelEvent::Stop(StopReason::ToolUse)));
    out
}

#[async_trait]
impl Model for ScriptedModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    async fn ask(&self, request: &ModelRequest) -> Result<ModelStream, ModelError> {
        self.asked.lock().unwrap().push(request.clone());
        let script = self.scripts.lock().unwrap().pop_front();
        let script = script.expect("the script has an answer for every call");
        let info = self.info.clone();
        let events = stream::iter(script).then(move |said| {
            let info = info.clone();
            async move {
                match said {
                    Said::Event(event) => Ok(event),
                    Said::Fault(fault) => Err(ModelError::new(&info, fault, "scripted")),
                    Said::Stall => std::future::pending().await,
                }
            }
        });
        Ok(events.boxed())
    }
}

/// Notes what happens, in words.
#[derive(Debug, Default)]
pub(crate) struct Notes(pub(crate) Vec<String>);

impl CallSink for Notes {
    fn on(&mut self, note: CallNote<'_>) {
        self.0.push(match note {
            CallNote::Asking(model) => format!("asking {}", model.model),
            CallNote::Event(ModelEvent::Text(text)) => format!("text {text}"),
            CallNote::Event(_) => return,
            CallNote::Retrying {
                attempt,
                attempts,
                error,
                ..
            } => {
                format!("retry {attempt}/{attempts} {}", error.fault.code())
            }
            CallNote::FallingBack { error, to } => {
                format!("fall back {} to {}", error.fault.code(), to.model)
            }
            CallNote::Restart => "restart".to_owned(),
        });
    }
}
