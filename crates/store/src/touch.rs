//! When devices were last heard: gathered in memory, written now and then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openclaw_protocol::Role;
use openclaw_protocol::id::DeviceId;
use rusqlite::{Connection, params};

use crate::DeviceRecord;
use crate::columns::{Millis, run};

/// Notes that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Touches {
    notes: Mutex<Notes>,
}

pub(crate) type Notes = HashMap<DeviceId, Note>;

#[derive(Debug, Default)]
pub(crate) struct Note {
    seen: Option<(u64, &'static str)>,
    tokens: Vec<(Role, u64)>,
}

impl Touches {
    pub(crate) fn seen(&self, device_id: &DeviceId, at_ms: u64, reason: &'static str) {
        self.note(device_id, |note| note.seen(at_ms, reason));
    }

    pub(crate) fn token_used(&self, device_id: &DeviceId, role: &Role, at_ms: u64) {
        self.note(device_id, |note| note.token_used(role, at_ms));
    }

    /// Puts what is noted, but not written yet, into a record just read.
    pub(crate) fn overlay(&self, device: &mut DeviceRecord) {
        let notes = self.lock();
        let Some(note) = notes.get(&device.device_id) else {
            return;
        };
        if let Some((at_ms, reason)) = note.seen
            && device.last_seen_at_ms.is_none_or(|last| last <= at_ms)
        {
            device.last_seen_at_ms = Some(at_ms);
            device.last_seen_reason = Some(reason.into());
        }
        for (role, at_ms) in &note.tokens {
            // A use before the last rotation was a use of another token.
            if let Some(token) = device.tokens.get_mut(role)
                && *at_ms >= token.issued_at_ms()
            {
                token.last_used_at_ms = token.last_used_at_ms.max(Some(*at_ms));
            }
        }
    }

    /// Takes all notes away to write them.
    pub(crate) fn take(&self) -> Notes {
        std::mem::take(&mut *self.lock())
    }

    /// Puts notes back that could not be written; later notes stay in force.
    pub(crate) fn restore(&self, notes: Notes) {
        for (device_id, note) in notes {
            self.note(&device_id, |standing| {
                if let Some((at_ms, reason)) = note.seen {
                    standing.seen(at_ms, reason);
                }
                for (role, at_ms) in &note.tokens {
                    standing.token_used(role, *at_ms);
                }
            });
        }
    }

    fn note(&self, device_id: &DeviceId, change: impl FnOnce(&mut Note)) {
        let mut notes = self.lock();
        if let Some(note) = notes.get_mut(device_id) {
            change(note);
        } else if notes.len() < MAX_NOTES {
            change(notes.entry(device_id.clone()).or_default());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        // No change to a note can be half done, so a panic elsewhere spoils nothing.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Note {
    fn seen(&mut self, at_ms: u64, reason: &'static str) {
        if self.seen.is_none_or(|(last, _)| last <= at_ms) {
            self.seen = Some((at_ms, reason));
        }
    }

    fn token_used(&mut self, role: &Role, at_ms: u64) {
        match self.tokens.iter_mut().find(|(known, _)| known == role) {
            Some((_, last)) => *last = at_ms.max(*last),
            None => self.tokens.push((role.clone(), at_ms)),
        }
    }
}

/// Writes notes inside the current transaction.
pub(crate) fn write(conn: &Connection, notes: &Notes) -> rusqlite::Result<()> {
    for (device_id, note) in notes {
        if let Some((at_ms, reason)) = note.seen {
            run(
                conn,
                "UPDATE device SET last_seen_at_ms = ?2, last_seen_reason = ?3
                 WHERE device_id = ?1 AND coalesce(last_seen_at_ms, 0) <= ?2",
                params![device_id.as_str(), Millis(at_ms), reason],
            )?;
        }
        for (role, at_ms) in &note.tokens {
            run(
                conn,
                "UPDATE device_token SET last_used_at_ms = ?3
                 WHERE device_id = ?1 AND role = ?2 AND coalesce(last_used_at_ms, 0) <= ?3
                   AND coalesce(rotated_at_ms, created_at_ms) <= ?3",
                params![device_id.as_str(), role.as_str(), Millis(*at_ms)],
            )?;
        }
    }
    Ok(())
}

/// Notes kept between two flushes; further devices are passed over until the next flush.
const MAX_NOTES: usize = 16_384;
