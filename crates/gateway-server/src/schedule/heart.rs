//! Agents that wake up: by themselves at their distance, and because something happened.
//!
//! A session is woken once for everything that happened meanwhile. It is not woken while it
//! talks: what happened waits for the end of that run, and is part of the next one.

mod beat;
mod keep;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};

pub(crate) use keep::keep;

/// Who shall wake up, and who is awake. One per [`Core`](crate::core::Core).
#[derive(Debug, Default)]
pub(crate) struct Heart {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// Sessions that shall be woken.
    wakes: BTreeMap<String, Wake>,
    /// Sessions that are being woken.
    awake: BTreeSet<String>,
    /// When agents woke up by themselves last, milliseconds since 1970.
    last: BTreeMap<String, u64>,
}

#[derive(Debug)]
struct Wake {
    why: Why,
    waiting: Vec<oneshot::Sender<Beat>>,
}

/// Why an agent wakes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is time.
    Time,
    /// Somebody wants it.
    Asked,
    /// A scheduled job wants it.
    Job,
    /// A node told something.
    Node,
}

impl Why {
    const fn word(self) -> &'static str {
        match self {
            Self::Time => "interval",
            Self::Asked => "wake",
            Self::Job => "cron",
            Self::Node => "node",
        }
    }
}

/// What came of waking up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beat {
    /// Something was said.
    Said,
    /// There was nothing to say.
    Quiet,
    /// It did not wake up, for this reason in a word of the protocol.
    Skipped(&'static str),
    /// It went wrong.
    Failed(String),
}

impl Heart {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes a session as soon as it is free. What is to be said to it was queued before. What is
    /// returned hears what came of it; nothing, if the Gateway stops before.
    pub(crate) fn wake(&self, key: String, why: Why) -> oneshot::Receiver<Beat> {
        let (tell, hear) = oneshot::channel();
        let mut inner = self.inner();
        let wake = inner.wakes.entry(key).or_insert_with(|| Wake {
            why,
            waiting: Vec::new(),
        });
        // Whoever is awake because something happened looks at what is queued; that it is time
        // alone does not.
        if wake.why == Why::Time {
            wake.why = why;
        }
        wake.waiting.retain(|waiting| !waiting.is_closed());
        wake.waiting.push(tell);
        drop(inner);
        self.changed.notify_one();
        hear
    }

    /// Looks again at who shall wake up when.
    pub(crate) fn look(&self) {
        self.changed.notify_one();
    }

    /// The next session that shall be woken and is not awake.
    fn take(&self) -> Option<(String, Wake)> {
        let mut inner = self.inner();
        let free = inner.wakes.keys().find(|key| !inner.awake.contains(*key));
        let key = free?.clone();
        let wake = inner.wakes.remove(&key)?;
        inner.awake.insert(key.clone());
        Some((key, wake))
    }

    fn rest(&self, key: &str) {
        self.inner().awake.remove(key);
        self.changed.notify_one();
    }
}
