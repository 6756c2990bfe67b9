//! What a server knows.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::call::{Call, Fault, Shown, Upload};

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) token: String,
    state: Mutex<State>,
    /// Changes whenever something does.
    version: watch::Sender<u64>,
}

/// What a server knows.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) calls: Vec<Call>,
    /// By method, oldest first.
    pub(super) faults: BTreeMap<String, VecDeque<Fault>>,
    /// By number.
    pub(super) updates: BTreeMap<i64, Value>,
    pub(super) last_update: i64,
    pub(super) last_message: i64,
    pub(super) shown: Vec<Shown>,
    /// By id.
    pub(super) files: BTreeMap<String, Stored>,
    /// What is asked for with each other kind of update.
    pub(super) allowed: Option<Vec<String>>,
    pub(super) hook: Option<Hook>,
    /// Updates that were brought to the webhook, with the status of the answer.
    pub(super) brought: Vec<(i64, u16)>,
    /// The calls of `getUpdates`: only the last may wait.
    pub(super) polls: u64,
    /// Ends all connections.
    pub(super) hang_up: CancellationToken,
}

/// A file that can be downloaded.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    /// The size that is told.
    pub(super) told: u64,
}

/// Where updates are brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hook {
    pub(super) url: String,
    pub(super) secret: String,
}

impl Shared {
    pub(super) fn new(token: String) -> Self {
        let state = State {
            last_update: 700_000_000,
            ..State::default()
        };
        Self {
            token,
            state: Mutex::new(state),
            version: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at something.
    pub(super) fn see<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes something, and tells those who wait.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.version.send_modify(|version| *version += 1);
        done
    }

    /// Waits until there is something.
    pub(super) async fn until<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.version.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = self.see(&mut look) {
                return found;
            }
            // The sender lives as long as we do.
            let _ = changes.changed().await;
        }
    }
}

impl State {
    /// Writes a call down; answers its number and what goes wrong with it.
    pub(super) fn begin(
        &mut self,
        method: &str,
        params: Map<String, Value>,
        files: Vec<Upload>,
    ) -> (usize, Option<Fault>) {
        self.calls.push(Call {
            method: method.to_owned(),
            params,
            files,
            at: Instant::now(),
            status: None,
            is_done: false,
        });
        let fault = self.faults.get_mut(method).and_then(VecDeque::pop_front);
        (self.calls.len() - 1, fault)
    }

    /// Adds an update of a kind that is asked for.
    pub(super) fn push(&mut self, mut update: Value) -> i64 {
        self.last_update += 1;
        let number = self.last_update;
        let is_asked_for = self.allowed.as_ref().is_none_or(|kinds| {
            let mut members = update.as_object().into_iter().flat_map(Map::keys);
            members.any(|member| kinds.contains(member))
        });
        update["update_id"] = number.into();
        if is_asked_for {
            self.updates.insert(number, update);
        }
        number
    }
}
