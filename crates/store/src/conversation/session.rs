//! Sessions: record, table, operations.

use std::fmt;

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use crate::columns::{Millis, json, ms, rows, run};
use crate::error::Failure;
use crate::op::Op;
use crate::store::Store;

/// A conversation that goes on under one key.
///
/// Times are milliseconds since 1970.
#[derive(Clone)]
pub struct SessionRecord {
    /// The key: `agent:main:main`.
    pub key: String,
    /// The transcript under way; a reset gives the session a new one.
    pub session_id: String,
    /// When the session began.
    pub created_at_ms: u64,
    /// When something last happened in it.
    pub updated_at_ms: u64,
    /// Settings, counts and where replies go, as a JSON object. Its form is for the Gateway to
    /// know.
    pub entry: Box<Raw>,
}

/// What counts and lists of sessions need of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionHead {
    /// The key: `agent:main:main`.
    pub key: String,
    /// When something last happened in it, milliseconds since 1970.
    pub updated_at_ms: u64,
}

/// Operations on sessions.
impl Store {
    /// All sessions, the one that changed last in front.
    pub fn sessions(&self) -> Op<Vec<SessionRecord>> {
        self.read(|cx| {
            let sql = "SELECT * FROM session ORDER BY updated_at_ms DESC, key";
            rows(cx.conn, TABLE, sql, (), read)
        })
    }

    /// The keys of all sessions and when they changed, the one that changed last in front.
    pub fn session_heads(&self) -> Op<Vec<SessionHead>> {
        self.read(|cx| {
            let sql = "SELECT key, updated_at_ms FROM session ORDER BY updated_at_ms DESC, key";
            rows(cx.conn, TABLE, sql, (), |row| {
                Ok(SessionHead {
                    key: row.get("key")?,
                    updated_at_ms: ms(row, "updated_at_ms")?,
                })
            })
        })
    }

    /// The session under `key`.
    pub fn session(&self, key: &str) -> Op<Option<SessionRecord>> {
        let key = key.to_owned();
        self.read(move |cx| {
            let sql = "SELECT * FROM session WHERE key = ?1";
            Ok(rows(cx.conn, TABLE, sql, [&key], read)?.into_iter().next())
        })
    }

    /// Keeps a session, in place of the one under its key. The transcript of another
    /// `session_id` stays until it is removed.
    pub fn put_session(&self, record: SessionRecord) -> Op<()> {
        self.write(move |cx| put(cx.conn, &record))
    }

    /// Removes a session, and its transcript if asked to; says whether there was one.
    pub fn remove_session(&self, key: &str, with_transcript: bool) -> Op<bool> {
        let key = key.to_owned();
        self.write(move |cx| {
            if with_transcript {
                let sql = "DELETE FROM transcript WHERE session_id IN
                               (SELECT session_id FROM session WHERE key = ?1)";
                run(cx.conn, sql, [&key])?;
            }
            run(
                cx.conn,
                "DELETE FROM system_event WHERE session_key = ?1",
                [&key],
            )?;
            Ok(run(cx.conn, "DELETE FROM session WHERE key = ?1", [&key])? > 0)
        })
    }
}

pub(crate) fn put(conn: &Connection, record: &SessionRecord) -> Result<(), Failure> {
    run(
        conn,
        "INSERT INTO session (key, session_id, created_at_ms, updated_at_ms, entry)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (key) DO UPDATE SET
             session_id = excluded.session_id, updated_at_ms = excluded.updated_at_ms,
             entry = excluded.entry",
        params![
            record.key,
            record.session_id,
            Millis(record.created_at_ms),
            Millis(record.updated_at_ms),
            record.entry.get(),
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<SessionRecord> {
    Ok(SessionRecord {
        key: row.get("key")?,
        session_id: row.get("session_id")?,
        created_at_ms: ms(row, "created_at_ms")?,
        updated_at_ms: ms(row, "updated_at_ms")?,
        entry: json(row, "entry")?,
    })
}

/// What a session holds may be private: only its names and times show.
impl fmt::Debug for SessionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRecord")
            .field("key", &self.key)
            .field("session_id", &self.session_id)
            .field("updated_at_ms", &self.updated_at_ms)
            .finish_non_exhaustive()
    }
}

const TABLE: &str = "session";
