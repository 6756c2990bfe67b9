//! Calls to nodes on their way: who asked, which connection answers, and until when.
//!
//! Params and payload pass through as text: never parsed into values, never written anew. A call
//! ends exactly once: by the node's answer, by its deadline, or by the end of the node's
//! connection.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use openclaw_protocol::id::{ConnId, InvokeId, NodeId};
use openclaw_protocol::{ErrorShape, Generation, Raw};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::router::Responder;

/// A call that waits for its node.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) node_id: NodeId,
    /// The connection it was sent to; nobody else may answer.
    pub(crate) conn_id: ConnId,
    pub(crate) command: String,
    /// Dialect of the caller.
    pub(crate) generation: Generation,
    pub(crate) deadline: Option<Instant>,
    pub(crate) responder: Responder,
}

/// All calls on their way.
#[derive(Debug, Default)]
pub(crate) struct Invokes {
    calls: Mutex<Calls>,
    /// Wakes the sweeper when an earlier deadline comes in.
    earlier: Notify,
}

#[derive(Debug, Default)]
struct Calls {
    by_id: HashMap<InvokeId, Waiting>,
    deadlines: BTreeSet<(Instant, InvokeId)>,
}

impl Calls {
    fn take(&mut self, id: &InvokeId) -> Option<Waiting> {
        let call = self.by_id.remove(id)?;
        if let Some(deadline) = call.deadline {
            self.deadlines.remove(&(deadline, id.clone()));
        }
        Some(call)
    }
}

/// What a node answered.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) ok: bool,
    /// `payload`, as text.
    pub(crate) payload: Option<&'a Raw>,
    /// `payloadJSON`: JSON as text.
    pub(crate) payload_json: Option<&'a str>,
    /// `error.code`.
    pub(crate) code: Option<&'a str>,
    /// `error.message`.
    pub(crate) message: Option<&'a str>,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It ended a call.
    Yes,
    /// Unknown, late, or another node's call.
    Ignored,
}

impl Invokes {
    fn with<T>(&self, f: impl FnOnce(&mut Calls) -> T) -> T {
        f(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a call that is about to be sent.
    pub(crate) fn begin(&self, id: &InvokeId, call: Waiting) {
        let is_earliest = self.with(|calls| {
            let deadline = call.deadline;
            calls.by_id.insert(id.clone(), call);
            let Some(deadline) = deadline else {
                return false;
            };
            calls.deadlines.insert((deadline, id.clone()));
            calls
                .deadlines
                .first()
                .is_some_and(|(_, first)| first == id)
        });
        if is_earliest {
            self.earlier.notify_one();
        }
    }

    /// Takes the answer of a node.
    pub(crate) fn answer(&self, id: &InvokeId, conn: &ConnId, answer: &Answer<'_>) -> Taken {
        let call = self.with(|calls| {
            let is_its = calls
                .by_id
                .get(id)
                .is_some_and(|call| call.conn_id == *conn);
            if is_its { calls.take(id) } else { None }
        });
        let Some(call) = call else {
            return Taken::Ignored;
        };
        if answer.ok {
            let text = result_text(&call, answer);
            call.responder.ok_raw(&text);
        } else {
            let error = node_error(&call, answer.code, answer.message);
            call.responder.error(&error);
        }
        Taken::Yes
    }

    /// Ends every call that waits for this connection.
    pub(crate) fn disconnected(&self, conn: &ConnId) {
        let ended: Vec<Waiting> = self.with(|calls| {
            let ids: Vec<InvokeId> = calls
                .by_id
                .iter()
                .filter(|(_, call)| call.conn_id == *conn)
                .map(|(id, _)| id.clone())
                .collect();
            ids.iter().filter_map(|id| calls.take(id)).collect()
        });
        for call in ended {
            let text = format!("node disconnected ({})", call.command);
            let error = match call.generation {
                Generation::V3 => ErrorShape::unavailable(format!("Error: {text}")),
                Generation::V4 => node_error(&call, Some("DISCONNECTED"), Some(&text)),
            };
            call.responder.error(&error);
        }
    }

    /// How many calls wait.
    pub(crate) fn len(&self) -> usize {
        self.with(|calls| calls.by_id.len())
    }

    /// Ends calls at their deadline, for ever; `timed_out` tells the node.
    pub(crate) async fn sweep(&self, timed_out: impl Fn(&InvokeId, &Waiting)) {
        loop {
            let next = self.with(|calls| calls.deadlines.first().map(|(at, _)| *at));
            match next {
                None => self.earlier.notified().await,
                Some(at) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at) => {}
                        () = self.earlier.notified() => continue,
                    }
                }
            }
            let now = Instant::now();
            while let Some((id, call)) = self.take_due(now) {
                timed_out(&id, &call);
                let error = node_error(&call, Some("TIMEOUT"), Some("node invoke timed out"));
                call.responder.error(&error);
            }
        }
    }

    fn take_due(&self, now: Instant) -> Option<(InvokeId, Waiting)> {
        self.with(|calls| {
            let (at, id) = calls.deadlines.first()?.clone();
            if at > now {
                return None;
            }
            calls.take(&id).map(|call| (id, call))
        })
    }
}

/// `{ok, nodeId, command, payload, payloadJSON}` with the node's own text.
fn result_text(call: &Waiting, answer: &Answer<'_>) -> String {
    let (payload, payload_json) = payload_texts(answer);
    let node = json!(call.node_id);
    let command = json!(call.command);
    format!(
        r#"{{"ok":true,"nodeId":{node},"command":{command},"payload":{payload},"payloadJSON":{payload_json}}}"#
    )
}

/// `payload` and `payloadJSON` as JSON text.
fn payload_texts(answer: &Answer<'_>) -> (String, String) {
    let Some(text) = answer.payload_json else {
        return (
            answer.payload.map_or("null", Raw::get).to_owned(),
            "null".to_owned(),
        );
    };
    let quoted = json!(text).to_string();
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    // Text that is no JSON is wrapped, as both real releases do.
    let payload = if is_json {
        text.to_owned()
    } else {
        format!(r#"{{"payloadJSON":{quoted}}}"#)
    };
    (payload, quoted)
}

/// The error for the caller when the node, or its absence, said no.
fn node_error(call: &Waiting, code: Option<&str>, message: Option<&str>) -> ErrorShape {
    let said = message.unwrap_or("node invoke failed");
    let mut node_error = serde_json::Map::new();
    if let Some(code) = code {
        node_error.insert("code".to_owned(), json!(code));
    }
    if let Some(message) = message {
        node_error.insert("message".to_owned(), json!(message));
    }
    match call.generation {
        Generation::V3 => {
            ErrorShape::unavailable(said).with_details(json!({ "nodeError": node_error }))
        }
        Generation::V4 => {
            let text = code.map_or_else(|| said.to_owned(), |code| format!("{code}: {said}"));
            ErrorShape::unavailable(text)
                .with_details(json!({ "nodeError": node_error, "nodeCommandDispatched": true }))
        }
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::Raw;

    use super::{Answer, payload_texts};

    fn texts(payload: Option<&str>, payload_json: Option<&str>) -> (String, String) {
        let payload = payload.map(|text| serde_json::from_str::<Box<Raw>>(text).unwrap());
        payload_texts(&Answer {
            ok: true,
            payload: payload.as_deref(),
            payload_json,
            code: None,
            message: None,
        })
    }

    #[test]
    fn payloads_pass_as_text() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            texts(None, Some(r#"{"a": 1}"#)),
            pair(r#"{"a": 1}"#, r#""{\"a\": 1}""#)
        );
        assert_eq!(texts(None, None), pair("null", "null"));
        assert_eq!(texts(Some("[1]"), None), pair("[1]", "null"));
        assert_eq!(
            texts(None, Some("oops")),
            pair(r#"{"payloadJSON":"oops"}"#, r#""oops""#)
        );
    }
}
