//! Calls that wait for their answers.

use std::collections::HashMap;
use std::sync::Arc;

use openclaw_protocol::frame::ResponseFrame;
use openclaw_protocol::{ErrorShape, Raw};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::Shared;
use crate::Closed;
use crate::unreadable::UNREADABLE;

/// The calls of a connection by id.
#[derive(Debug, Default)]
pub(super) struct Calls {
    last_id: u64,
    open: HashMap<u64, Slot>,
    closed: Option<Arc<Closed>>,
}

#[derive(Debug)]
struct Slot {
    reply: oneshot::Sender<Reply>,
    expect_final: bool,
    sent: bool,
}

/// What a call ends with.
#[derive(Debug)]
pub(super) enum Reply {
    Result(Box<Raw>),
    Refused(Box<ErrorShape>),
    Lost { sent: bool },
}

impl Calls {
    /// A number that no request of this connection had before.
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Notes that a request is with the socket now. `false` if nobody waits for its answer any
    /// more: then it need not be sent at all.
    pub(super) fn mark_sent(&mut self, id: u64) -> bool {
        match self.open.get_mut(&id) {
            Some(slot) => {
                slot.sent = true;
                true
            }
            None => false,
        }
    }

    /// Hands an answer to its call. Late and unknown ones are ignored.
    pub(super) fn answer(&mut self, response: ResponseFrame<'_>) {
        let Ok(id) = response.id.parse::<u64>() else {
            return;
        };
        let Some(slot) = self.open.get(&id) else {
            tracing::debug!(id, "answer to no open call");
            return;
        };
        if slot.expect_final && response.ok && is_accepted(response.payload) {
            return;
        }
        let Some(slot) = self.open.remove(&id) else {
            return;
        };
        let reply = if response.ok {
            Reply::Result(response.payload.map_or_else(null, ToOwned::to_owned))
        } else {
            let error = response.error.unwrap_or_else(|| {
                ErrorShape::unavailable("the gateway refused the request without a reason")
            });
            Reply::Refused(Box::new(error))
        };
        // The caller may have gone in this very moment.
        let _ = slot.reply.send(reply);
    }

    /// Hands an unreadable answer to its call.
    pub(super) fn answer_unreadable(&mut self, id: &str) {
        let slot = id.parse::<u64>().ok().and_then(|id| self.open.remove(&id));
        if let Some(slot) = slot {
            let error = Box::new(ErrorShape::unavailable(UNREADABLE));
            let _ = slot.reply.send(Reply::Refused(error));
        }
    }

    /// Ends all calls, and those to come.
    pub(super) fn end(&mut self, closed: Arc<Closed>) {
        self.closed = Some(closed);
        for (_, slot) in self.open.drain() {
            let _ = slot.reply.send(Reply::Lost { sent: slot.sent });
        }
    }
}

/// The caller's side of a call. Dropping it gives the call up.
#[derive(Debug)]
pub(super) struct Waiter {
    id: u64,
    reply: oneshot::Receiver<Reply>,
    shared: Arc<Shared>,
}

impl Waiter {
    /// A new call, unless the connection has ended.
    pub(super) fn register(shared: &Arc<Shared>, expect_final: bool) -> Result<Self, Arc<Closed>> {
        let (sender, reply) = oneshot::channel();
        let mut calls = shared.calls();
        if let Some(closed) = &calls.closed {
            return Err(Arc::clone(closed));
        }
        let id = calls.next_id();
        calls.open.insert(
            id,
            Slot {
                reply: sender,
                expect_final,
                sent: false,
            },
        );
        Ok(Self {
            id,
            reply,
            shared: Arc::clone(shared),
        })
    }

    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    /// Waits for the answer.
    pub(super) async fn reply(&mut self) -> Reply {
        (&mut self.reply)
            .await
            .unwrap_or(Reply::Lost { sent: true })
    }

    /// Whether the request is with the socket.
    pub(super) fn is_sent(&self) -> bool {
        self.shared
            .calls()
            .open
            .get(&self.id)
            .is_none_or(|slot| slot.sent)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.shared.calls().open.remove(&self.id);
    }
}

/// Whether this is the first of two answers.
fn is_accepted(payload: Option<&Raw>) -> bool {
    #[derive(Deserialize)]
    struct Status<'a> {
        #[serde(borrow)]
        status: Option<std::borrow::Cow<'a, str>>,
    }
    payload
        .and_then(|raw| serde_json::from_str::<Status<'_>>(raw.get()).ok())
        .and_then(|answer| answer.status)
        .is_some_and(|status| status == "accepted")
}

fn null() -> Box<Raw> {
    Raw::from_string("null".to_owned()).expect("a JSON value")
}
