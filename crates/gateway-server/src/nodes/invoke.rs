//! Calls to nodes on their way: who asked, which connection answers, and until when.
//!
//! Params and payload pass through as text: never parsed into values, never written anew. For
//! one who waits a call ends exactly once: by the node's answer, by the deadline, or by the end of
//! the node's connection. When nobody waits any more the node is told, and its late answer is
//! kept for the key.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openclaw_protocol::Raw;
use openclaw_protocol::id::{ConnId, InvokeId};
use openclaw_store::{CallMark, CallOutcomeRecord};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::nodes::keys::{Claim, Fingerprint, Keys};
use crate::nodes::outcome::{KEPT_ANSWER, NoAnswer, NodeFailure, Outcome};
use crate::nodes::registry::LiveNode;
use crate::nodes::reply::{Parts, Reply};

/// A call that waits for its node.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) node: Arc<LiveNode>,
    pub(crate) command: Box<str>,
    /// Kept for calls that may have to wait for the node's foreground.
    pub(crate) replay: Option<Replay>,
    /// Its place in the outbox of the node; `None` before it was put there.
    ticket: Option<u64>,
    waiters: Vec<Waiter>,
    next_waiter: u32,
    next_progress: u64,
}

/// What a call takes to wait for the foreground of its node.
#[derive(Debug, Clone)]
pub(crate) struct Replay {
    pub(crate) key: String,
    pub(crate) params: Option<Box<str>>,
}

#[derive(Debug)]
struct Waiter {
    number: u32,
    deadline: Option<Instant>,
    reply: Reply,
}

/// A call that is to be made.
#[derive(Debug)]
pub(crate) struct NewCall {
    pub(crate) invoke: Uuid,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) params: [u8; 8],
    pub(crate) node: Arc<LiveNode>,
    pub(crate) command: Box<str>,
    pub(crate) replay: Option<Replay>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) reply: Reply,
    pub(crate) now_ms: u64,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// It is to be marked in this slot and sent.
    Fresh {
        slot: u32,
        mark: CallMark,
        waiter: u32,
    },
    /// It joined one on its way.
    Joined { id: InvokeId, waiter: u32 },
    /// It was answered: nothing is to be sent.
    Answered,
}

/// A call that nobody waits for any more: its node is to be told.
#[derive(Debug)]
pub(crate) struct Abandoned {
    pub(crate) id: InvokeId,
    pub(crate) node: Arc<LiveNode>,
}

/// All calls on their way, and the keys that are known.
#[derive(Debug)]
pub(crate) struct Invokes {
    table: Mutex<Table>,
    /// Wakes the sweeper when an earlier deadline comes in.
    earlier: Notify,
}

#[derive(Debug)]
struct Table {
    by_id: HashMap<InvokeId, Call>,
    deadlines: BTreeSet<(Instant, InvokeId, u32)>,
    keys: Keys,
}

impl Table {
    fn take(&mut self, id: &InvokeId) -> Option<Call> {
        let call = self.by_id.remove(id)?;
        call.node.call_ended();
        for waiter in &call.waiters {
            if let Some(deadline) = waiter.deadline {
                self.deadlines
                    .remove(&(deadline, id.clone(), waiter.number));
            }
        }
        Some(call)
    }

    fn wait(&mut self, id: &InvokeId, deadline: Option<Instant>, reply: Reply) -> Option<u32> {
        let call = self.by_id.get_mut(id)?;
        let number = call.next_waiter;
        call.next_waiter += 1;
        call.waiters.push(Waiter {
            number,
            deadline,
            reply,
        });
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, id.clone(), number));
        }
        Some(number)
    }

    /// Takes those who wait and of whom this is true. When nobody is left, the call is abandoned.
    fn leave(
        &mut self,
        id: &InvokeId,
        is_meant: impl Fn(&Waiter) -> bool,
    ) -> (Vec<Reply>, Option<Abandoned>) {
        let Some(call) = self.by_id.get_mut(id) else {
            return (Vec::new(), None);
        };
        let mut left = Vec::new();
        let mut staying = Vec::with_capacity(call.waiters.len());
        for waiter in call.waiters.drain(..) {
            if !is_meant(&waiter) {
                staying.push(waiter);
                continue;
            }
            if let Some(deadline) = waiter.deadline {
                self.deadlines
                    .remove(&(deadline, id.clone(), waiter.number));
            }
            left.push(waiter.reply);
        }
        call.waiters = staying;
        if !call.waiters.is_empty() {
            return (left, None);
        }
        let abandoned = self.take(id).map(|call| {
            self.keys.settle(call.fingerprint, Outcome::Unknown);
            Abandoned {
                id: id.clone(),
                node: call.node,
            }
        });
        (left, abandoned)
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
#[derive(Debug)]
pub(crate) enum Taken {
    /// It ended a call.
    Yes,
    /// Unknown, late, or another node's call.
    Ignored,
    /// The call is to wait for the foreground of its node.
    Foreground(Box<Background>),
}

/// A call that its node cannot do in the background.
#[derive(Debug)]
pub(crate) struct Background {
    pub(crate) node: Arc<LiveNode>,
    pub(crate) command: Box<str>,
    pub(crate) replay: Replay,
    pub(crate) failure: NodeFailure,
    pub(crate) replies: Vec<Reply>,
}

impl Invokes {
    /// With the keys that are known from before the start.
    pub(crate) fn new(keys: Keys) -> Self {
        Self {
            table: Mutex::new(Table {
                by_id: HashMap::new(),
                deadlines: BTreeSet::new(),
                keys,
            }),
            earlier: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call that is to be made, unless its key says that it was made before.
    pub(crate) fn claim(&self, new: NewCall) -> Claimed {
        let mut table = self.lock();
        let node_id = new.node.id.clone();
        let claim = table.keys.claim(
            new.fingerprint,
            node_id.as_str(),
            new.params,
            new.invoke,
            new.now_ms,
        );
        let refused = match claim {
            Claim::Fresh(slot) => {
                let Some(mark) = table.keys.mark(new.fingerprint) else {
                    return Claimed::Answered;
                };
                let id = InvokeId::from(new.invoke.to_string());
                new.node.call_began();
                let call = Call {
                    fingerprint: new.fingerprint,
                    node: new.node,
                    command: new.command,
                    replay: new.replay,
                    ticket: None,
                    waiters: Vec::with_capacity(1),
                    next_waiter: 0,
                    next_progress: 0,
                };
                table.by_id.insert(id.clone(), call);
                let waiter = table.wait(&id, new.deadline, new.reply).unwrap_or(0);
                let is_earliest = table.deadlines.first().is_some_and(|(_, at, _)| *at == id);
                drop(table);
                if is_earliest {
                    self.earlier.notify_one();
                }
                return Claimed::Fresh { slot, mark, waiter };
            }
            Claim::Running(id) if table.by_id.contains_key(&id) => {
                let waiter = table.wait(&id, new.deadline, new.reply).unwrap_or(0);
                drop(table);
                self.earlier.notify_one();
                return Claimed::Joined { id, waiter };
            }
            Claim::Ended(outcome) => {
                drop(table);
                new.reply.repeat(node_id.as_str(), &new.command, &outcome);
                return Claimed::Answered;
            }
            Claim::Running(_) => NoAnswer::Unknown,
            Claim::Other => NoAnswer::KeyReused,
            Claim::Full => NoAnswer::Busy,
        };
        drop(table);
        new.reply.none(&new.command, refused);
        Claimed::Answered
    }

    /// Notes that a call stands in the outbox of its node.
    pub(crate) fn sent(&self, id: &InvokeId, ticket: u64) {
        if let Some(call) = self.lock().by_id.get_mut(id) {
            call.ticket = Some(ticket);
        }
    }

    /// Ends a call that was not sent, and forgets its key; answers the slot of its mark.
    pub(crate) fn not_sent(&self, id: &InvokeId, why: NoAnswer) -> Option<u32> {
        let mut table = self.lock();
        let call = table.take(id)?;
        let slot = table.keys.forget(call.fingerprint);
        drop(table);
        for waiter in call.waiters {
            waiter.reply.none(&call.command, why);
        }
        slot
    }

    /// Takes the answer of a node.
    pub(crate) fn answer(
        &self,
        id: &InvokeId,
        conn: &ConnId,
        node: &str,
        said: &Answer<'_>,
    ) -> Taken {
        if !self.is_awaited(id, conn, node) {
            return Taken::Ignored;
        }
        let quoted = said
            .payload_json
            .map(|text| serde_json::to_string(text).unwrap_or_else(|_| "null".to_owned()));
        let parts = parts(said, quoted.as_deref());
        let failure = NodeFailure {
            code: said.code.map(|code| cut(code, MAX_CODE).to_owned()),
            message: said.message.map(|text| cut(text, MAX_MESSAGE).to_owned()),
            queued: None,
        };
        let outcome = if !said.ok {
            Outcome::Failed(Arc::new(failure.clone()))
        } else if parts.len() <= KEPT_ANSWER {
            Outcome::Done(parts.keep())
        } else {
            Outcome::DoneLarge
        };
        let mut table = self.lock();
        let is_its = |call: &Call| call.node.conn.id == *conn;
        if !table.by_id.get(id).is_some_and(is_its) {
            // Nobody waits, but a caller that repeats its key is told.
            if let Some(fingerprint) = table.keys.open_call(id, node) {
                table.keys.settle(fingerprint, outcome);
            }
            return Taken::Ignored;
        }
        let Some(call) = table.take(id) else {
            return Taken::Ignored;
        };
        table.keys.settle(call.fingerprint, outcome);
        drop(table);
        let replies = call.waiters.into_iter().map(|waiter| waiter.reply);
        if said.ok {
            replies.for_each(|reply| reply.done(call.node.id.as_str(), &call.command, parts));
            return Taken::Yes;
        }
        if let Some(replay) = call.replay
            && failure.needs_foreground()
        {
            return Taken::Foreground(Box::new(Background {
                node: call.node,
                command: call.command,
                replay,
                failure,
                replies: replies.collect(),
            }));
        }
        replies.for_each(|reply| reply.failed(&call.command, &failure));
        Taken::Yes
    }

    fn is_awaited(&self, id: &InvokeId, conn: &ConnId, node: &str) -> bool {
        let table = self.lock();
        let call = table.by_id.get(id);
        call.is_some_and(|call| call.node.conn.id == *conn)
            || table.keys.open_call(id, node).is_some()
    }

    /// Passes a piece of output on; says whether anyone took it. Pieces come in order, each once.
    pub(crate) fn progress(&self, id: &InvokeId, conn: &ConnId, seq: u64, chunk: &str) -> bool {
        let mut table = self.lock();
        let call = table.by_id.get_mut(id);
        let Some(call) = call.filter(|call| call.node.conn.id == *conn) else {
            return false;
        };
        if seq < call.next_progress {
            return false;
        }
        call.next_progress = seq.saturating_add(1);
        // All who wait get it.
        let takers = call.waiters.iter();
        takers.filter(|waiter| waiter.reply.progress(chunk)).count() > 0
    }

    /// The connection that runs a call.
    pub(crate) fn node_of(&self, id: &InvokeId) -> Option<Arc<LiveNode>> {
        let table = self.lock();
        table.by_id.get(id).map(|call| Arc::clone(&call.node))
    }

    /// Ends every call that waits for this connection. `taken` frames of its outbox went to the
    /// socket: what stood behind them was not sent.
    pub(crate) fn disconnected(&self, conn: &ConnId, taken: u64) -> Vec<u32> {
        let mut table = self.lock();
        let ids: Vec<InvokeId> = table
            .by_id
            .iter()
            .filter(|(_, call)| call.node.conn.id == *conn)
            .map(|(id, _)| id.clone())
            .collect();
        let mut ended = Vec::with_capacity(ids.len());
        let mut slots = Vec::new();
        for id in ids {
            let Some(call) = table.take(&id) else {
                continue;
            };
            // Without a place it is just being put there: who knows.
            let dispatched = call.ticket.is_none_or(|ticket| ticket < taken);
            if dispatched {
                table.keys.settle(call.fingerprint, Outcome::Unknown);
            } else {
                slots.extend(table.keys.forget(call.fingerprint));
            }
            ended.push((call, dispatched));
        }
        drop(table);
        for (call, dispatched) in ended {
            for waiter in call.waiters {
                waiter
                    .reply
                    .none(&call.command, NoAnswer::Disconnected { dispatched });
            }
        }
        slots
    }

    /// Tells everyone who waits that this Gateway stops.
    pub(crate) fn stop(&self) {
        let mut table = self.lock();
        let ids: Vec<InvokeId> = table.by_id.keys().cloned().collect();
        let mut ended = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(call) = table.take(&id) {
                table.keys.settle(call.fingerprint, Outcome::Unknown);
                ended.push(call);
            }
        }
        drop(table);
        for call in ended {
            for waiter in call.waiters {
                waiter.reply.none(&call.command, NoAnswer::Stopping);
            }
        }
    }

    /// Takes a caller that is gone off every call; answers the calls that nobody waits for.
    pub(crate) fn caller_left(&self, conn: &ConnId) -> Vec<Abandoned> {
        let mut table = self.lock();
        let waits = |call: &Call| call.waiters.iter().any(|waiter| waiter.reply.is_of(conn));
        let ids: Vec<InvokeId> = table
            .by_id
            .iter()
            .filter(|(_, call)| waits(call))
            .map(|(id, _)| id.clone())
            .collect();
        let mut gone = Vec::new();
        let mut abandoned = Vec::new();
        for id in ids {
            let (replies, left) = table.leave(&id, |waiter| waiter.reply.is_of(conn));
            gone.extend(replies);
            abandoned.extend(left);
        }
        drop(table);
        drop(gone);
        abandoned
    }

    /// One who waits takes its call back.
    pub(crate) fn taken_back(&self, id: &InvokeId, waiter: u32) -> Option<Abandoned> {
        let (_replies, abandoned) = self.lock().leave(id, |other| other.number == waiter);
        abandoned
    }

    /// How many calls wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().by_id.len()
    }

    /// Ends that are not in the store yet.
    pub(crate) fn take_unwritten(&self, now_ms: u64) -> Vec<CallOutcomeRecord> {
        self.lock().keys.take_unwritten(now_ms)
    }

    /// Forgets keys that are too old to matter.
    pub(crate) fn prune(&self, now_ms: u64) {
        self.lock().keys.prune(now_ms);
    }

    /// Ends calls at their deadline, for ever; `abandoned` tells the node.
    pub(crate) async fn sweep(&self, abandoned: impl Fn(&Abandoned)) {
        loop {
            let next = self.lock().deadlines.first().map(|(at, ..)| *at);
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
            while let Some((command, replies, left)) = self.take_due(now) {
                left.iter().for_each(&abandoned);
                for reply in replies {
                    reply.none(&command, NoAnswer::TimedOut);
                }
            }
        }
    }

    fn take_due(&self, now: Instant) -> Option<(Box<str>, Vec<Reply>, Option<Abandoned>)> {
        let mut table = self.lock();
        let (at, id, number) = table.deadlines.first()?.clone();
        if at > now {
            return None;
        }
        table.deadlines.pop_first();
        let command = table.by_id.get(&id)?.command.clone();
        let (replies, abandoned) = table.leave(&id, |waiter| waiter.number == number);
        Some((command, replies, abandoned))
    }
}

impl NodeFailure {
    /// Whether the node says that it must be in the foreground for this.
    fn needs_foreground(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        let message = self.message.as_deref().unwrap_or_default();
        code.eq_ignore_ascii_case("NODE_BACKGROUND_UNAVAILABLE")
            || message
                .to_ascii_uppercase()
                .contains("BACKGROUND_UNAVAILABLE")
    }
}

/// Longest `error.code` and `error.message` of a node that are passed on, bytes.
const MAX_CODE: usize = 128;
const MAX_MESSAGE: usize = 8 * 1024;

/// The beginning of a text, cut between characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// `payload` and `payloadJSON` as JSON text.
fn parts<'a>(answer: &Answer<'a>, quoted: Option<&'a str>) -> Parts<'a> {
    let (Some(text), Some(quoted)) = (answer.payload_json, quoted) else {
        return Parts {
            payload: [answer.payload.map_or("null", Raw::get), "", ""],
            payload_json: "null",
        };
    };
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    Parts {
        // Text that is no JSON is wrapped, as both real releases do.
        payload: if is_json {
            [text, "", ""]
        } else {
            [r#"{"payloadJSON":"#, quoted, "}"]
        },
        payload_json: quoted,
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::Raw;

    use super::{Answer, cut, parts};

    fn texts(payload: Option<&str>, payload_json: Option<&str>) -> (String, String) {
        let payload = payload.map(|text| serde_json::from_str::<Box<Raw>>(text).unwrap());
        let quoted = payload_json.map(|text| serde_json::json!(text).to_string());
        let answer = Answer {
            ok: true,
            payload: payload.as_deref(),
            payload_json,
            code: None,
            message: None,
        };
        let parts = parts(&answer, quoted.as_deref());
        (parts.payload.concat(), parts.payload_json.to_owned())
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

    #[test]
    fn words_of_a_node_are_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("", 5), "");
    }
}
