//! One key, one run: what is known of the keys seen lately.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::NodeError;
use crate::outcome::Outcome;

/// How long an outcome is kept. Callers repeat a call within seconds, after a reconnect.
const KEEP: Duration = Duration::from_secs(600);
/// Most outcomes kept.
const MAX_KEYS: usize = 256;
/// Most bytes of outcomes kept, all together.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The outcomes of calls that ran, by key, the oldest forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    by_key: HashMap<Arc<str>, Entry>,
    by_age: BTreeMap<u64, Arc<str>>,
    next_age: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    fingerprint: u64,
    outcome: Arc<Outcome>,
    bytes: usize,
    at: Instant,
    age: u64,
}

/// What a key is known for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing.
    New,
    /// The same call ran and came to this.
    Ran(Arc<Outcome>),
    /// Another call had the key.
    Other,
}

impl Outcomes {
    /// What this key is known for. `fingerprint` tells calls apart.
    pub(crate) fn look_up(&mut self, key: &str, fingerprint: u64, now: Instant) -> Known {
        self.forget_old(now);
        match self.by_key.get(key) {
            None => Known::New,
            Some(entry) if entry.fingerprint == fingerprint => {
                Known::Ran(Arc::clone(&entry.outcome))
            }
            Some(_) => Known::Other,
        }
    }

    /// Keeps what a call came to. Of one that is larger than the whole memory only the fact that
    /// it ran is kept.
    pub(crate) fn keep(
        &mut self,
        key: &str,
        fingerprint: u64,
        outcome: Arc<Outcome>,
        now: Instant,
    ) {
        let outcome = if outcome.bytes() > MAX_BYTES {
            Arc::new(not_kept())
        } else {
            outcome
        };
        self.forget(key);
        let bytes = key.len() + outcome.bytes();
        let key: Arc<str> = key.into();
        let age = self.next_age;
        self.next_age += 1;
        self.bytes += bytes;
        self.by_age.insert(age, Arc::clone(&key));
        self.by_key.insert(
            key,
            Entry {
                fingerprint,
                outcome,
                bytes,
                at: now,
                age,
            },
        );
        self.forget_old(now);
        while self.by_key.len() > MAX_KEYS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.oldest() else { break };
            self.forget(&oldest);
        }
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some(key) = self.oldest() {
            let is_old = |entry: &Entry| now.saturating_duration_since(entry.at) > KEEP;
            if !self.by_key.get(&key).is_none_or(is_old) {
                break;
            }
            self.forget(&key);
        }
    }

    fn oldest(&self) -> Option<Arc<str>> {
        self.by_age
            .first_key_value()
            .map(|(_, key)| Arc::clone(key))
    }

    fn forget(&mut self, key: &str) {
        if let Some(entry) = self.by_key.remove(key) {
            self.bytes -= entry.bytes;
            self.by_age.remove(&entry.age);
        }
    }
}

fn not_kept() -> Outcome {
    NodeError::unavailable("the command ran, but its result was too large to keep").into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{KEEP, Known, MAX_BYTES, MAX_KEYS, Outcomes};
    use crate::outcome::Outcome;

    fn outcome(bytes: usize) -> Arc<Outcome> {
        Arc::new(Outcome::Done(Some("x".repeat(bytes).into())))
    }

    #[test]
    fn a_key_is_known_for_one_call() {
        let (mut outcomes, now) = (Outcomes::default(), Instant::now());
        assert_eq!(outcomes.look_up("k", 1, now), Known::New);
        outcomes.keep("k", 1, outcome(3), now);
        assert_eq!(outcomes.look_up("k", 1, now), Known::Ran(outcome(3)));
        assert_eq!(outcomes.look_up("k", 2, now), Known::Other);
        assert_eq!(outcomes.look_up("l", 1, now), Known::New);
    }

    #[test]
    fn keys_are_forgotten_by_age_number_and_size() {
        let (mut outcomes, now) = (Outcomes::default(), Instant::now());
        outcomes.keep("k", 1, outcome(3), now);
        let later = now + KEEP + Duration::from_millis(1);
        assert_eq!(outcomes.look_up("k", 1, later), Known::New);
        assert_eq!((outcomes.bytes, outcomes.by_age.len()), (0, 0));

        for i in 0..=MAX_KEYS {
            outcomes.keep(&i.to_string(), 1, outcome(1), later);
        }
        assert_eq!(outcomes.look_up("0", 1, later), Known::New);
        assert_ne!(outcomes.look_up("1", 1, later), Known::New);

        outcomes.keep("big", 1, outcome(MAX_BYTES - 100), later);
        outcomes.keep("more", 1, outcome(200), later);
        assert_eq!(outcomes.look_up("big", 1, later), Known::New);
        assert!(outcomes.bytes <= MAX_BYTES);
    }

    #[test]
    fn of_an_outcome_too_large_the_fact_is_kept() {
        let (mut outcomes, now) = (Outcomes::default(), Instant::now());
        outcomes.keep("k", 1, outcome(MAX_BYTES + 1), now);
        let Known::Ran(kept) = outcomes.look_up("k", 1, now) else {
            panic!("the key is forgotten")
        };
        assert!(matches!(&*kept, Outcome::Failed(error) if error.message().contains("too large")));
    }

    #[test]
    fn keeping_a_key_twice_counts_it_once() {
        let (mut outcomes, now) = (Outcomes::default(), Instant::now());
        outcomes.keep("k", 1, outcome(3), now);
        outcomes.keep("k", 2, outcome(5), now);
        assert_eq!(outcomes.look_up("k", 2, now), Known::Ran(outcome(5)));
        assert_eq!((outcomes.bytes, outcomes.by_age.len()), (6, 1));
    }
}
