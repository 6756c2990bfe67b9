//! What became of calls that carried a key: a repeated `idempotencyKey` runs nothing twice.
//!
//! Every call to a node leaves a mark in the store before it is sent, and so does its end. A
//! caller that repeats a key joins the call on its way, or is told how it ended; where nobody
//! knows, it is told that, and nothing is sent. Memory is bounded: the newest
//! [`CALL_SLOTS`] calls of the last hour are known.

use std::collections::{HashMap, VecDeque};

use openclaw_protocol::Raw;
use openclaw_protocol::id::InvokeId;
use openclaw_store::{CALL_SLOTS, CallMark, CallOutcomeRecord};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::nodes::outcome::Outcome;

/// How long a key is known after its call was sent, milliseconds.
pub(crate) const KNOWN_MS: u64 = 60 * 60 * 1000;
/// Bytes of answers that are kept for repeats, together.
const KEPT_BYTES: usize = 4 * 1024 * 1024;
/// Ends that wait to be written; more than that are not written.
const UNWRITTEN: usize = openclaw_store::MAX_CALL_OUTCOMES;

/// Who asked which node for which command with which key, as a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// `caller` is a device, or a word for callers without one.
    pub(crate) fn of(caller: &str, node: &str, command: &str, key: &str) -> Self {
        let mut digest = Sha256::new();
        for part in [caller, node, command, key] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Self(first(&digest.finalize().into()))
    }

    pub(crate) const fn bytes(self) -> [u8; 16] {
        self.0
    }
}

/// A digest of params: of all of small ones, of both ends of large ones.
pub(crate) fn digest(text: Option<&str>) -> [u8; 8] {
    const WHOLE: usize = 64 * 1024;
    let Some(text) = text else { return [0; 8] };
    let bytes = text.as_bytes();
    let mut digest = Sha256::new();
    digest.update((bytes.len() as u64).to_le_bytes());
    if bytes.len() <= WHOLE {
        digest.update(bytes);
    } else {
        digest.update(&bytes[..WHOLE / 2]);
        digest.update(&bytes[bytes.len() - WHOLE / 2..]);
    }
    first(&digest.finalize().into())
}

fn first<const N: usize>(digest: &[u8; 32]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&digest[..N]);
    out
}

/// What a key stands for.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Nothing yet: the call may be sent once its mark is in this slot.
    Fresh(u32),
    /// A call on its way.
    Running(InvokeId),
    /// A call that ended.
    Ended(Outcome),
    /// A call with other params.
    Other,
    /// More calls are on their way than can be known.
    Full,
}

#[derive(Debug)]
struct Entry {
    slot: u32,
    invoke: Uuid,
    node: [u8; 8],
    params: [u8; 8],
    at_ms: u64,
    /// `None` while it runs.
    outcome: Option<Outcome>,
}

/// The keys that are known.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    entries: HashMap<Fingerprint, Entry>,
    /// Who has which slot.
    ring: Vec<Option<Fingerprint>>,
    next: u32,
    /// Calls whose end is not known: a late answer still counts.
    open: HashMap<Uuid, Fingerprint>,
    /// Entries with an answer, the oldest first.
    kept: VecDeque<Fingerprint>,
    kept_bytes: usize,
    unwritten: Vec<Fingerprint>,
}

impl Keys {
    /// What the store remembers from before the start. What ran then ended without our knowing.
    pub(crate) fn load(
        marks: Vec<(u32, CallMark)>,
        outcomes: Vec<CallOutcomeRecord>,
        now_ms: u64,
    ) -> Self {
        let mut keys = Self::default();
        let mut newest = (0, None);
        for (slot, mark) in marks {
            if mark.at_ms >= newest.0 {
                newest = (mark.at_ms, Some(slot));
            }
            if slot >= CALL_SLOTS || now_ms.saturating_sub(mark.at_ms) > KNOWN_MS {
                continue;
            }
            let fingerprint = Fingerprint(mark.fingerprint);
            let invoke = Uuid::from_bytes(mark.invoke_id);
            if let Some(older) = keys.entries.remove(&fingerprint) {
                keys.open.remove(&older.invoke);
                keys.set_slot(older.slot, None);
            }
            keys.set_slot(slot, Some(fingerprint));
            keys.open.insert(invoke, fingerprint);
            let entry = Entry {
                slot,
                invoke,
                node: mark.node,
                params: mark.params,
                at_ms: mark.at_ms,
                outcome: Some(Outcome::Unknown),
            };
            keys.entries.insert(fingerprint, entry);
        }
        keys.next = newest.1.map_or(0, |slot| (slot + 1) % CALL_SLOTS);
        for record in outcomes {
            if let Ok(outcome) = serde_json::from_str(record.outcome.get()) {
                keys.settle(Fingerprint(record.fingerprint), outcome);
            }
        }
        keys.unwritten.clear();
        keys
    }

    fn set_slot(&mut self, slot: u32, holder: Option<Fingerprint>) {
        let at = slot as usize;
        if self.ring.len() <= at {
            self.ring.resize(at + 1, None);
        }
        self.ring[at] = holder;
    }

    /// Says what a key stands for; a fresh one is taken for this call.
    pub(crate) fn claim(
        &mut self,
        fingerprint: Fingerprint,
        node: &str,
        params: [u8; 8],
        invoke: Uuid,
        now_ms: u64,
    ) -> Claim {
        if let Some(known) = self.entries.get(&fingerprint) {
            let is_current =
                known.outcome.is_none() || now_ms.saturating_sub(known.at_ms) <= KNOWN_MS;
            if is_current {
                if known.params != params {
                    return Claim::Other;
                }
                return match &known.outcome {
                    None => Claim::Running(InvokeId::from(known.invoke.to_string())),
                    Some(outcome) => Claim::Ended(outcome.clone()),
                };
            }
            self.forget(fingerprint);
        }
        let Some(slot) = self.free_slot() else {
            return Claim::Full;
        };
        self.set_slot(slot, Some(fingerprint));
        let entry = Entry {
            slot,
            invoke,
            node: digest(Some(node)),
            params,
            at_ms: now_ms,
            outcome: None,
        };
        self.entries.insert(fingerprint, entry);
        Claim::Fresh(slot)
    }

    /// The oldest slot whose call does not run.
    fn free_slot(&mut self) -> Option<u32> {
        for _ in 0..CALL_SLOTS {
            let slot = self.next;
            self.next = (slot + 1) % CALL_SLOTS;
            let holder = self.ring.get(slot as usize).copied().flatten();
            let Some(holder) = holder else {
                return Some(slot);
            };
            let runs = |entry: &Entry| entry.outcome.is_none();
            if !self.entries.get(&holder).is_some_and(runs) {
                self.forget(holder);
                return Some(slot);
            }
        }
        None
    }

    /// The mark of a call that is about to be sent.
    pub(crate) fn mark(&self, fingerprint: Fingerprint) -> Option<CallMark> {
        let entry = self.entries.get(&fingerprint)?;
        Some(CallMark {
            fingerprint: fingerprint.bytes(),
            invoke_id: entry.invoke.into_bytes(),
            node: entry.node,
            params: entry.params,
            at_ms: entry.at_ms,
        })
    }

    /// Forgets a key; answers the slot of its mark.
    pub(crate) fn forget(&mut self, fingerprint: Fingerprint) -> Option<u32> {
        let entry = self.entries.remove(&fingerprint)?;
        self.open.remove(&entry.invoke);
        self.kept_bytes -= entry.outcome.as_ref().map_or(0, Outcome::bytes);
        self.set_slot(entry.slot, None);
        Some(entry.slot)
    }

    /// Notes how a call ended.
    pub(crate) fn settle(&mut self, fingerprint: Fingerprint, outcome: Outcome) {
        let Some(entry) = self.entries.get_mut(&fingerprint) else {
            return;
        };
        let before = entry.outcome.as_ref().map_or(0, Outcome::bytes);
        let bytes = outcome.bytes();
        if matches!(outcome, Outcome::Unknown) {
            self.open.insert(entry.invoke, fingerprint);
        } else {
            self.open.remove(&entry.invoke);
            if self.unwritten.len() < UNWRITTEN {
                self.unwritten.push(fingerprint);
            }
        }
        entry.outcome = Some(outcome);
        self.kept_bytes = self.kept_bytes - before + bytes;
        if bytes > 0 {
            self.kept.push_back(fingerprint);
            self.keep_within_bounds();
        }
    }

    fn keep_within_bounds(&mut self) {
        while self.kept_bytes > KEPT_BYTES || self.kept.len() > CALL_SLOTS as usize * 2 {
            let Some(oldest) = self.kept.pop_front() else {
                return;
            };
            if let Some(entry) = self.entries.get_mut(&oldest)
                && let Some(outcome) = &mut entry.outcome
            {
                self.kept_bytes -= outcome.bytes();
                outcome.shrink();
                self.kept_bytes += outcome.bytes();
            }
        }
    }

    /// The call whose end is not known, if it was this node's.
    pub(crate) fn open_call(&self, invoke: &InvokeId, node: &str) -> Option<Fingerprint> {
        let invoke = Uuid::parse_str(invoke.as_str()).ok()?;
        let fingerprint = *self.open.get(&invoke)?;
        let entry = self.entries.get(&fingerprint)?;
        (entry.node == digest(Some(node))).then_some(fingerprint)
    }

    /// Forgets what is too old to matter.
    pub(crate) fn prune(&mut self, now_ms: u64) {
        let old: Vec<Fingerprint> = self
            .entries
            .iter()
            .filter(|(_, entry)| {
                entry.outcome.is_some() && now_ms.saturating_sub(entry.at_ms) > KNOWN_MS
            })
            .map(|(fingerprint, _)| *fingerprint)
            .collect();
        for fingerprint in old {
            self.forget(fingerprint);
        }
        let entries = &self.entries;
        self.kept.retain(|kept| entries.contains_key(kept));
        if self.entries.is_empty() {
            self.kept = VecDeque::new();
            self.entries = HashMap::new();
        }
    }

    /// The ends that are not in the store yet.
    pub(crate) fn take_unwritten(&mut self, now_ms: u64) -> Vec<CallOutcomeRecord> {
        let unwritten = std::mem::take(&mut self.unwritten);
        let record = |fingerprint: Fingerprint| {
            let outcome = self.entries.get(&fingerprint)?.outcome.as_ref()?;
            let outcome = serde_json::to_string(outcome).ok()?;
            Some(CallOutcomeRecord {
                fingerprint: fingerprint.bytes(),
                at_ms: now_ms,
                outcome: Raw::from_string(outcome).ok()?,
            })
        };
        unwritten.into_iter().filter_map(record).collect()
    }
}

#[cfg(test)]
mod tests;
