//! Where the answer of a node goes: to a caller on the wire, or to one in this process.

use std::sync::Arc;

use openclaw_protocol::id::ConnId;
use openclaw_protocol::{ErrorShape, Generation};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::nodes::outcome::{Answered, NoAnswer, NodeFailure, Outcome};
use crate::router::Responder;

/// One who waits for the end of a call.
#[derive(Debug)]
pub(crate) enum Reply {
    /// A connection.
    Wire {
        conn: ConnId,
        generation: Generation,
        responder: Responder,
    },
    /// This process.
    Local {
        result: oneshot::Sender<Result<Arc<Answered>, ErrorShape>>,
        progress: mpsc::Sender<Box<str>>,
    },
}

/// An answer that is on its way through: its parts, not yet copied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// JSON text, put together from these.
    pub(crate) payload: [&'a str; 3],
    /// `null`, or the node's own text quoted.
    pub(crate) payload_json: &'a str,
}

impl Parts<'_> {
    /// Bytes in all.
    pub(crate) fn len(&self) -> usize {
        self.payload.iter().map(|part| part.len()).sum::<usize>() + self.payload_json.len()
    }

    /// A copy to keep.
    pub(crate) fn keep(&self) -> Arc<Answered> {
        Arc::new(Answered {
            payload: self.payload.concat().into(),
            payload_json: self.payload_json.into(),
        })
    }
}

impl Reply {
    /// Whether it waits on this connection.
    pub(crate) fn is_of(&self, of: &ConnId) -> bool {
        matches!(self, Self::Wire { conn, .. } if conn == of)
    }

    fn generation(&self) -> Generation {
        match self {
            Self::Wire { generation, .. } => *generation,
            Self::Local { .. } => Generation::NEWEST,
        }
    }

    /// The node did it.
    pub(crate) fn done(self, node_id: &str, command: &str, answer: Parts<'_>) {
        match self {
            Self::Wire { responder, .. } => {
                let head = format!(
                    r#"{{"ok":true,"nodeId":{},"command":{},"payload":"#,
                    json!(node_id),
                    json!(command)
                );
                let [first, second, third] = answer.payload;
                responder.ok_parts(&[
                    &head,
                    first,
                    second,
                    third,
                    r#","payloadJSON":"#,
                    answer.payload_json,
                    "}",
                ]);
            }
            Self::Local { result, .. } => {
                let _ = result.send(Ok(answer.keep()));
            }
        }
    }

    /// The node said no.
    pub(crate) fn failed(self, command: &str, failure: &NodeFailure) {
        let error = failure.error(command, self.generation());
        self.error(error);
    }

    /// There is no answer.
    pub(crate) fn none(self, command: &str, why: NoAnswer) {
        let error = why.error(command, self.generation());
        self.error(error);
    }

    fn error(self, error: ErrorShape) {
        match self {
            Self::Wire { responder, .. } => responder.error(&error),
            Self::Local { result, .. } => {
                let _ = result.send(Err(error));
            }
        }
    }

    /// A call with the same key ended like this before.
    pub(crate) fn repeat(self, node_id: &str, command: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Done(answered) => {
                let parts = Parts {
                    payload: [&*answered.payload, "", ""],
                    payload_json: &answered.payload_json,
                };
                self.done(node_id, command, parts);
            }
            Outcome::DoneLarge => self.none(command, NoAnswer::NotKept),
            Outcome::Failed(failure) => self.failed(command, failure),
            Outcome::Unknown => self.none(command, NoAnswer::Unknown),
        }
    }

    /// A piece of output; says whether anyone takes it.
    pub(crate) fn progress(&self, chunk: &str) -> bool {
        match self {
            Self::Wire { .. } => false,
            Self::Local { progress, .. } => progress.try_send(chunk.into()).is_ok(),
        }
    }
}
