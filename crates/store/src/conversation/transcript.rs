//! Transcripts: record, table, operations.

use std::fmt;

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use crate::columns::{Millis, json, ms, rows, run};
use crate::error::Failure;
use crate::op::Op;
use crate::store::Store;

/// Something to add to the end of a transcript.
#[derive(Clone)]
pub struct NewEntry {
    /// Its id, unique in the transcript. An entry whose id is there already is passed over, so
    /// that a repeated operation adds nothing twice.
    pub entry_id: String,
    /// The run it came from.
    pub run_id: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The message, summary or note, as JSON.
    pub body: Box<Raw>,
}

/// One entry of a transcript.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number, from 1. Numbers are not used again.
    pub seq: u64,
    /// What it holds.
    pub entry: NewEntry,
}

/// Which entries of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryRange {
    /// The last ones, at most so many.
    Last(usize),
    /// Those before a number, the nearest to it, at most so many.
    Before(u64, usize),
    /// Those after a number, the nearest to it, at most so many.
    After(u64, usize),
}

/// Operations on transcripts.
impl Store {
    /// Adds entries to the end of a transcript, all or none; answers the number of the last
    /// entry, 0 for a transcript that stays empty.
    pub fn append_entries(&self, session_id: &str, entries: Vec<NewEntry>) -> Op<u64> {
        let session_id = session_id.to_owned();
        self.write(move |cx| append(cx.conn, &session_id, &entries))
    }

    /// Reads entries of a transcript, in their order.
    pub fn entries(&self, session_id: &str, range: EntryRange) -> Op<Vec<Entry>> {
        let session_id = session_id.to_owned();
        self.read(move |cx| select(cx.conn, &session_id, range))
    }

    /// How many entries a transcript has.
    pub fn entry_count(&self, session_id: &str) -> Op<u64> {
        let session_id = session_id.to_owned();
        self.read(move |cx| {
            let sql = "SELECT count(*) FROM transcript WHERE session_id = ?1";
            let count: i64 = cx.conn.query_row(sql, [&session_id], |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        })
    }

    /// Puts one entry in the place of all before `first_kept`: a summary of them, as a rule.
    /// Answers how many went.
    ///
    /// The numbers of those that stay are the same as before; the new one takes the number
    /// before them. Where nothing stands before `first_kept`, nothing is done.
    pub fn compact_entries(
        &self,
        session_id: &str,
        first_kept: u64,
        summary: Option<NewEntry>,
    ) -> Op<usize> {
        let session_id = session_id.to_owned();
        self.write(move |cx| {
            let first = signed(first_kept);
            let sql = "DELETE FROM transcript WHERE session_id = ?1 AND seq < ?2";
            let gone = run(cx.conn, sql, params![session_id, first])?;
            if gone > 0
                && let Some(summary) = summary
            {
                insert(cx.conn, &session_id, first.saturating_sub(1), &summary)?;
            }
            Ok(gone)
        })
    }

    /// Removes a whole transcript; says how many entries it had.
    pub fn remove_entries(&self, session_id: &str) -> Op<usize> {
        let session_id = session_id.to_owned();
        self.write(move |cx| {
            let sql = "DELETE FROM transcript WHERE session_id = ?1";
            Ok(run(cx.conn, sql, [&session_id])?)
        })
    }
}

pub(crate) fn append(
    conn: &Connection,
    session_id: &str,
    entries: &[NewEntry],
) -> Result<u64, Failure> {
    let sql = "SELECT coalesce(max(seq), 0) FROM transcript WHERE session_id = ?1";
    let mut last: i64 = conn
        .prepare_cached(sql)?
        .query_row([session_id], |row| row.get(0))?;
    for entry in entries {
        let added = insert(conn, session_id, last.saturating_add(1), entry)?;
        last = last.saturating_add(i64::from(added));
    }
    Ok(u64::try_from(last).unwrap_or(0))
}

/// Says whether the entry was new.
fn insert(
    conn: &Connection,
    session_id: &str,
    seq: i64,
    entry: &NewEntry,
) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO transcript (session_id, seq, entry_id, run_id, at_ms, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (session_id, entry_id) DO NOTHING";
    let params = params![
        session_id,
        seq,
        entry.entry_id,
        entry.run_id,
        Millis(entry.at_ms),
        entry.body.get(),
    ];
    Ok(run(conn, sql, params)? > 0)
}

fn select(conn: &Connection, session_id: &str, range: EntryRange) -> Result<Vec<Entry>, Failure> {
    let (sql, bound, limit) = match range {
        EntryRange::Last(limit) => (NEWEST_BEFORE, i64::MAX, limit),
        EntryRange::Before(seq, limit) => (NEWEST_BEFORE, signed(seq), limit),
        EntryRange::After(seq, limit) => (OLDEST_AFTER, signed(seq), limit),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = rows(conn, TABLE, sql, params![session_id, bound, limit], read)?;
    found.sort_by_key(|entry| entry.seq);
    Ok(found)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let seq: i64 = row.get("seq")?;
    Ok(Entry {
        seq: u64::try_from(seq).unwrap_or(0),
        entry: NewEntry {
            entry_id: row.get("entry_id")?,
            run_id: row.get("run_id")?,
            at_ms: ms(row, "at_ms")?,
            body: json(row, "body")?,
        },
    })
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// What people say is private: only names, times and the size show.
impl fmt::Debug for NewEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEntry")
            .field("entry_id", &self.entry_id)
            .field("run_id", &self.run_id)
            .field("at_ms", &self.at_ms)
            .field("body_bytes", &self.body.get().len())
            .finish()
    }
}

const TABLE: &str = "transcript";

const NEWEST_BEFORE: &str = "SELECT * FROM transcript WHERE session_id = ?1 AND seq < ?2
                             ORDER BY seq DESC LIMIT ?3";

const OLDEST_AFTER: &str = "SELECT * FROM transcript WHERE session_id = ?1 AND seq > ?2
                            ORDER BY seq LIMIT ?3";
