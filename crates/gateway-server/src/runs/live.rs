//! One run that waits or goes on.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use openclaw_agent::run::{RunEvent, RunSink};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::narrate::Narrator;
use super::{Ended, StopReason};
use crate::clock::now_ms;

/// One run that waits or goes on.
pub(super) struct Live {
    pub(super) run_id: String,
    pub(super) session_key: String,
    pub(super) agent_id: String,
    pub(super) accepted_at_ms: u64,
    /// A command of the Gateway: nobody waits behind it, and it cannot be stopped.
    pub(super) is_command: bool,
    pub(super) narrator: Narrator,
    pub(super) cancel: CancellationToken,
    reason: OnceLock<StopReason>,
    watchers: Mutex<Vec<Arc<dyn RunSink>>>,
    ended: watch::Sender<Option<Arc<Ended>>>,
}

impl Live {
    pub(super) fn new(
        run_id: &str,
        session_key: &str,
        agent_id: &str,
        accepted_at_ms: u64,
        is_command: bool,
        narrator: Narrator,
    ) -> Self {
        Self {
            run_id: run_id.to_owned(),
            session_key: session_key.to_owned(),
            agent_id: agent_id.to_owned(),
            accepted_at_ms,
            is_command,
            narrator,
            cancel: CancellationToken::new(),
            reason: OnceLock::new(),
            watchers: Mutex::default(),
            ended: watch::Sender::new(None),
        }
    }

    /// One more hears what is said.
    pub(super) fn watch(&self, watcher: Arc<dyn RunSink>) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.push(watcher);
    }

    /// Ends it before its time; says whether that is news. The events are out when this returns.
    pub(super) fn abort(&self, reason: StopReason) -> bool {
        if self.is_command || self.ended.borrow().is_some() || self.reason.set(reason).is_err() {
            return false;
        }
        self.narrator.abort(reason.as_str(), now_ms());
        self.cancel.cancel();
        true
    }

    /// Why it was ended before its time.
    pub(super) fn reason(&self) -> Option<StopReason> {
        self.reason.get().copied()
    }

    /// It has ended, and that is on disk.
    pub(super) fn end(&self, ended: Arc<Ended>) {
        self.narrator.ended(&ended);
        self.ended.send_replace(Some(ended));
    }

    pub(super) fn ending(&self) -> watch::Receiver<Option<Arc<Ended>>> {
        self.ended.subscribe()
    }
}

impl RunSink for Live {
    fn on(&self, event: RunEvent<'_>) {
        let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for watcher in watchers.iter() {
            watcher.on(event.clone());
        }
        drop(watchers);
        self.narrator.on(event);
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("run_id", &self.run_id)
            .field("session_key", &self.session_key)
            .finish_non_exhaustive()
    }
}
