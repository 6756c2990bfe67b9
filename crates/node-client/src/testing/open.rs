//! What a test's Gateway knows of its node: calls under way, events, what it declared.

use std::collections::HashMap;

use openclaw_protocol::id::InvokeId;
use openclaw_protocol::methods::node::invoke::result::NodeInvokeAnswerParams;
use openclaw_protocol::methods::node::pending::pull::PendingAction;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};

use super::{Answer, TestError};
use crate::NodeError;

/// An event that the node emitted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Emitted {
    /// Its name.
    pub event: String,
    /// What it carries.
    pub payload: Option<Box<RawValue>>,
}

impl Emitted {
    /// What it carries, read.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.payload.as_ref().map_or("null", |raw| raw.get()))
    }
}

/// Somebody waits for this call.
pub(super) struct Waiting {
    pub(super) progress: mpsc::Sender<String>,
    pub(super) pieces: u64,
    pub(super) answer: oneshot::Sender<Result<Answer, TestError>>,
}

/// The books of a test's Gateway.
pub(super) struct Open {
    pub(super) calls: HashMap<InvokeId, Waiting>,
    pub(super) events: mpsc::Sender<Emitted>,
    pub(super) queued: Vec<PendingAction>,
}

impl Open {
    pub(super) fn new(events: mpsc::Sender<Emitted>) -> Self {
        Self {
            calls: HashMap::new(),
            events,
            queued: Vec::new(),
        }
    }

    /// A result came: whether anybody waited for it.
    pub(super) fn result(&mut self, params: NodeInvokeAnswerParams) -> bool {
        let Some(waiting) = self.calls.remove(&params.id) else {
            return false;
        };
        // Whoever asked may have gone.
        let _ = waiting.answer.send(answer(params));
        true
    }

    /// Progress came: whether it is the piece that was due.
    pub(super) fn progress(&mut self, id: &InvokeId, seq: u64, chunk: String) -> bool {
        let Some(waiting) = self.calls.get_mut(id) else {
            return false;
        };
        if seq != waiting.pieces {
            return false;
        }
        waiting.pieces += 1;
        let _ = waiting.progress.try_send(chunk);
        true
    }

    /// The connection is gone: nobody will answer any more.
    pub(super) fn disconnect(&mut self) {
        for (_, waiting) in self.calls.drain() {
            let _ = waiting.answer.send(Err(TestError::Disconnected));
        }
    }
}

fn answer(params: NodeInvokeAnswerParams) -> Result<Answer, TestError> {
    if !params.ok {
        let error = params.error.unwrap_or_default();
        let code = error
            .code
            .unwrap_or_else(|| NodeError::UNAVAILABLE.to_owned());
        return Err(TestError::Failed(NodeError::new(
            code,
            error.message.unwrap_or_default(),
        )));
    }
    let payload = match params.payload_json {
        Some(text) => Some(RawValue::from_string(text)?),
        None => params.payload,
    };
    Ok(Answer { payload })
}
