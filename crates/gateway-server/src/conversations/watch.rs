//! Telling those who watch sessions.
//!
//! Clients of protocol 4 ask with `sessions.subscribe` for all sessions, and with
//! `sessions.messages.subscribe` for what is said in one; the wish ends with the connection.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use openclaw_protocol::Generation;
use openclaw_protocol::events::session::message::{SessionMessage, SessionMessagePayload};
use openclaw_protocol::events::sessions::changed::{SessionsChanged, SessionsChangedPayload};
use openclaw_protocol::id::{AgentId, RunId, SessionId, SessionKey};
use openclaw_protocol::methods::chat::message::ChatMessage;
use openclaw_store::{Entry, EntryRange};
use serde_json::Value;

use super::message::{Shape, USUAL_CHARS, show};
use super::{Conversation, row};
use crate::clock::now_ms;
use crate::core::Core;
use crate::state::hub::publish_on;

/// Sessions that one connection may watch singly.
const MAX_WATCHED: usize = 256;

/// What a connection must have asked for to hear an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// Changes of sessions.
    Sessions,
    /// What is said in the session of this key.
    Messages(Box<str>),
}

/// What one connection watches. Costs next to nothing until it watches something.
#[derive(Debug, Default)]
pub(crate) struct Watches(OnceLock<Box<Mutex<Watched>>>);

#[derive(Debug, Default)]
struct Watched {
    all: bool,
    keys: BTreeSet<String>,
}

impl Watches {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        let watched = self.0.get_or_init(Box::default);
        watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears of all sessions from now on.
    pub(crate) fn watch_all(&self) {
        self.watched().all = true;
    }

    /// Hears what is said in one session from now on; says whether there was room for it.
    pub(crate) fn watch(&self, key: &str) -> bool {
        let mut watched = self.watched();
        if watched.keys.len() >= MAX_WATCHED && !watched.keys.contains(key) {
            return false;
        }
        watched.keys.insert(key.to_owned());
        true
    }

    /// Hears no more of it.
    pub(crate) fn leave(&self, key: &str) {
        if self.0.get().is_some() {
            self.watched().keys.remove(key);
        }
    }

    /// Whether an event of this topic is for the connection.
    pub(crate) fn hears(&self, topic: &Topic) -> bool {
        if self.0.get().is_none() {
            return false;
        }
        let watched = self.watched();
        match topic {
            Topic::Sessions => watched.all,
            Topic::Messages(key) => watched.all || watched.keys.contains(&**key),
        }
    }
}

/// Tells that a session came, went or changed. `reason` is the word of the protocol: `create`,
/// `patch`, `reset`, `delete`, `send`, `inject`, `compact`.
pub(crate) fn changed(core: &Core, one: &Conversation, reason: &str) {
    core.heads.touch();
    let mut payload = about(core, one);
    payload.reason = Some(reason.to_owned());
    if reason == "delete" {
        payload.session = None;
        payload.session_id = Some(SessionId::from(one.session_id.as_str()));
    }
    publish_on::<SessionsChanged>(&*core.bus, Topic::Sessions, &payload);
}

/// Tells what a run does in a session: `start` or `end`.
pub(crate) async fn run_phase(core: &Core, key: &str, run_id: &str, phase: &str) {
    core.heads.touch();
    if !core.hub.is_watched(&Topic::Sessions) {
        return;
    }
    match core.conversations.get(key).await {
        Ok(Some(one)) => {
            let mut payload = about(core, &one);
            payload.phase = Some(phase.to_owned());
            payload.run_id = Some(RunId::from(run_id));
            publish_on::<SessionsChanged>(&*core.bus, Topic::Sessions, &payload);
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(session = key, %error, "a change of a session is not told"),
    }
}

fn about(core: &Core, one: &Conversation) -> SessionsChangedPayload {
    let shown = row::plain(core, one, Generation::V4);
    SessionsChangedPayload {
        session_key: Some(SessionKey::from(one.key.as_str())),
        agent_id: shown.agent_id.clone(),
        ts: Some(now_ms()),
        session: Some(shown),
        ..SessionsChangedPayload::default()
    }
}

/// Tells what was added to the transcript under way of a session: the entries of these ids.
pub(crate) async fn said(core: &Core, key: &str, entry_ids: &[String]) {
    let topic = Topic::Messages(key.into());
    if entry_ids.is_empty() || !core.hub.is_watched(&topic) {
        return;
    }
    let found = async {
        let Some(one) = core.conversations.get(key).await? else {
            return Ok(None);
        };
        // What was just added stands at the end, perhaps with a little behind it.
        let range = EntryRange::Last(entry_ids.len() + 20);
        let entries = core.conversations.entries(&one.session_id, range).await?;
        Ok::<_, openclaw_store::StoreError>(Some((one, entries)))
    };
    match found.await {
        Ok(Some((one, entries))) => {
            let is_new = |entry: &&Entry| entry_ids.contains(&entry.entry.entry_id);
            for entry in entries.iter().filter(is_new) {
                if let Some(payload) = message(core, &one, entry) {
                    publish_on::<SessionMessage>(&*core.bus, topic.clone(), &payload);
                }
            }
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(session = key, %error, "what was said is not told"),
    }
}

/// An entry as `session.message` tells it. `None`: it is no message.
pub(crate) fn message(
    core: &Core,
    one: &Conversation,
    entry: &Entry,
) -> Option<SessionMessagePayload> {
    let shape = Shape::V4 {
        max_chars: USUAL_CHARS,
    };
    let shown = show(entry, shape)?;
    let message: ChatMessage = serde_json::from_str(shown.get())
        .ok()
        .or_else(|| without_content(shown.get()))?;
    let mut payload = SessionMessagePayload::new(SessionKey::from(one.key.as_str()), message);
    let setup = core.runs.setup();
    payload.agent_id = Some(AgentId::from(setup.agent_of(&one.key).id.as_str()));
    payload.message_id = Some(entry.entry.entry_id.clone());
    payload.message_seq = Some(entry.seq);
    payload.run_id = entry.entry.run_id.as_deref().map(RunId::from);
    payload.session = Some(row::plain(core, one, Generation::V4));
    Some(payload)
}

/// A record without `content`, such as one of another program.
fn without_content(text: &str) -> Option<ChatMessage> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    value["content"] = Value::Array(Vec::new());
    serde_json::from_value(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_hears_what_it_asked_for() {
        let watches = Watches::default();
        let (one, other) = (Topic::Messages("k".into()), Topic::Messages("l".into()));
        assert!(!watches.hears(&one) && !watches.hears(&Topic::Sessions));
        assert!(watches.watch("k"));
        assert!(watches.hears(&one) && !watches.hears(&other));
        assert!(!watches.hears(&Topic::Sessions));
        watches.leave("k");
        assert!(!watches.hears(&one));
        watches.watch_all();
        assert!(watches.hears(&other) && watches.hears(&Topic::Sessions));
    }

    #[test]
    fn what_is_watched_is_bounded() {
        let watches = Watches::default();
        assert!((0..MAX_WATCHED).all(|n| watches.watch(&n.to_string())));
        assert!(!watches.watch("one more"));
        assert!(watches.watch("0"), "it is watched already");
        watches.leave("0");
        assert!(watches.watch("one more"));
    }
}
