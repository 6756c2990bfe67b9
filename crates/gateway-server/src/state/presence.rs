//! The presence list: this Gateway, its clients, and hosts that report themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use openclaw_protocol::client::ClientMode;
use openclaw_protocol::id::ConnId;
use openclaw_protocol::presence::PresenceEntry;
use openclaw_protocol::{Role, limits};

use crate::clock::as_millis;
use crate::session::conn::Conn;

/// The presence list.
#[derive(Debug)]
pub(crate) struct Presence {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    own: PresenceEntry,
    entries: HashMap<String, Entry>,
    version: u64,
    /// The list as JSON text, with its version and when it was made.
    shown: Option<(Arc<str>, u64, u64)>,
}

/// How old the list in a hello may be, milliseconds. It tells its version, and the event with
/// the next one follows.
const SHOWN_FOR_MS: u64 = 250;

#[derive(Debug)]
struct Entry {
    shown: PresenceEntry,
    /// The connection behind it; such an entry does not expire while it lasts.
    conn: Option<ConnId>,
}

impl Presence {
    pub(crate) fn new(own: PresenceEntry) -> Self {
        let state = State {
            own,
            entries: HashMap::new(),
            version: 1,
            shown: None,
        };
        Self {
            state: Mutex::new(state),
        }
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The counter of changes, from 1.
    pub(crate) fn version(&self) -> u64 {
        self.with(|state| state.version)
    }

    /// Notes a client that came; answers whether the list changed.
    pub(crate) fn joined(&self, conn: &Conn, now_ms: u64) -> bool {
        let Some(key) = key(conn) else { return false };
        let shown = shown(conn, "connect", now_ms);
        self.put(
            key,
            Entry {
                shown,
                conn: Some(conn.id.clone()),
            },
            now_ms,
        );
        true
    }

    /// Notes a client that went; answers whether the list changed.
    pub(crate) fn left(&self, conn: &Conn, now_ms: u64) -> bool {
        let Some(key) = key(conn) else { return false };
        self.with(|state| {
            let Some(entry) = state.entries.get_mut(&key) else {
                return false;
            };
            // A newer connection of the same device keeps the row.
            if entry.conn.as_ref() != Some(&conn.id) {
                return false;
            }
            entry.conn = None;
            entry.shown.reason = Some("disconnect".to_owned());
            entry.shown.ts = now_ms;
            state.version += 1;
            true
        })
    }

    /// Notes a host that reports itself. Answers what was shown for it before.
    pub(crate) fn reported(&self, key: &str, shown: PresenceEntry) -> Option<PresenceEntry> {
        let before = self.with(|state| state.entries.get(key).map(|entry| entry.shown.clone()));
        let now_ms = shown.ts;
        self.put(key.to_lowercase(), Entry { shown, conn: None }, now_ms);
        before
    }

    fn put(&self, key: String, entry: Entry, now_ms: u64) {
        self.with(|state| {
            state.entries.insert(key, entry);
            state.prune(now_ms);
            state.version += 1;
        });
    }

    /// The list as JSON text and its version: made once for many readers.
    pub(crate) fn text(&self, now_ms: u64) -> (Arc<str>, u64) {
        let kept = self.with(|state| {
            let (text, version, made_ms) = state.shown.as_ref()?;
            let is_fresh =
                *version == state.version || now_ms.saturating_sub(*made_ms) < SHOWN_FOR_MS;
            is_fresh.then(|| (Arc::clone(text), *version))
        });
        if let Some(kept) = kept {
            return kept;
        }
        let version = self.version();
        let text = serde_json::to_string(&self.list(now_ms)).unwrap_or_else(|_| "[]".to_owned());
        let text: Arc<str> = text.into();
        self.with(|state| state.shown = Some((Arc::clone(&text), version, now_ms)));
        (text, version)
    }

    /// The list, the newest first.
    pub(crate) fn list(&self, now_ms: u64) -> Vec<PresenceEntry> {
        self.with(|state| {
            state.prune(now_ms);
            state.own.ts = now_ms;
            let mut list: Vec<PresenceEntry> = state
                .entries
                .values()
                .map(|entry| entry.shown.clone())
                .collect();
            list.push(state.own.clone());
            list.sort_by(|a, b| b.ts.cmp(&a.ts).then_with(|| a.text.cmp(&b.text)));
            list
        })
    }
}

impl State {
    fn prune(&mut self, now_ms: u64) {
        let ttl = as_millis(limits::PRESENCE_TTL);
        self.entries
            .retain(|_, entry| entry.conn.is_some() || now_ms.saturating_sub(entry.shown.ts) < ttl);
        while self.entries.len() >= limits::PRESENCE_ENTRIES {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.shown.ts);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            self.entries.remove(&oldest);
        }
    }
}

/// The key of a client's row; `None` for clients that come and go too fast to be shown.
fn key(conn: &Conn) -> Option<String> {
    let client = &conn.client;
    if matches!(client.mode, ClientMode::Cli | ClientMode::Probe) {
        return None;
    }
    let id = match (conn.role(), &conn.device) {
        (Role::Node, Some(device)) => device.as_str(),
        _ => conn.id.as_str(),
    };
    Some(id.to_lowercase())
}

fn shown(conn: &Conn, reason: &str, now_ms: u64) -> PresenceEntry {
    let client = &conn.client;
    let host = client
        .display_name
        .clone()
        .unwrap_or_else(|| client.id.as_str().to_owned());
    PresenceEntry {
        text: Some(format!("Node: {host} · mode {}", client.mode)),
        host: Some(host),
        ip: conn.remote_ip(),
        version: Some(client.version.clone()),
        platform: Some(client.platform.clone()),
        device_family: client.device_family.clone(),
        model_identifier: client.model_identifier.clone(),
        mode: Some(client.mode.as_str().to_owned()),
        reason: Some(reason.to_owned()),
        ts: now_ms,
        device_id: conn.device.as_ref().map(|id| id.as_str().to_owned()),
        roles: Some(vec![conn.role().clone()]),
        scopes: Some(conn.scopes().iter().cloned().collect()),
        instance_id: client.instance_id.clone(),
        ..PresenceEntry::default()
    }
}
