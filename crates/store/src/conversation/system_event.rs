//! Lines that the next run of a session is told: record, table, operations.

use rusqlite::{Connection, params};

use crate::columns::{Millis, ms, rows, run};
use crate::error::Failure;
use crate::op::Op;
use crate::store::Store;

/// Something that happened, for the next run of a session to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemEventRecord {
    /// Its number; later events have greater ones.
    pub id: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// What, as one line.
    pub text: String,
}

/// Events kept for one session; the oldest goes when there is one more.
pub const MAX_SYSTEM_EVENTS: u32 = 20;

/// Operations on system events.
impl Store {
    /// Queues a line for a session. One that repeats the newest line waiting is passed over;
    /// says whether it was queued.
    pub fn push_system_event(&self, session_key: &str, text: &str, at_ms: u64) -> Op<bool> {
        let (key, text) = (session_key.to_owned(), text.to_owned());
        self.write(move |cx| push(cx.conn, &key, &text, at_ms))
    }

    /// Reads the lines that wait for a session, the oldest in front. They wait until a run that
    /// was told of them begins: [`RunStart::told_until`](crate::RunStart::told_until).
    pub fn system_events(&self, session_key: &str) -> Op<Vec<SystemEventRecord>> {
        let key = session_key.to_owned();
        self.read(move |cx| {
            let sql = "SELECT * FROM system_event WHERE session_key = ?1 ORDER BY id";
            rows(cx.conn, TABLE, sql, [&key], |row| {
                Ok(SystemEventRecord {
                    id: ms(row, "id")?,
                    at_ms: ms(row, "at_ms")?,
                    text: row.get("text")?,
                })
            })
        })
    }
}

/// Queues a line, unless the newest one that waits says the same; says whether it was queued.
pub(crate) fn push(
    conn: &Connection,
    session_key: &str,
    text: &str,
    at_ms: u64,
) -> Result<bool, Failure> {
    let sql = "SELECT text FROM system_event WHERE session_key = ?1
               ORDER BY id DESC LIMIT 1";
    let newest = rows(conn, TABLE, sql, [session_key], |row| {
        row.get::<_, String>(0)
    })?;
    if newest.first().is_some_and(|newest| newest == text) {
        return Ok(false);
    }
    let sql = "INSERT INTO system_event (session_key, at_ms, text) VALUES (?1, ?2, ?3)";
    run(conn, sql, params![session_key, Millis(at_ms), text])?;
    let sql = "DELETE FROM system_event WHERE session_key = ?1 AND id NOT IN
                   (SELECT id FROM system_event WHERE session_key = ?1
                    ORDER BY id DESC LIMIT ?2)";
    run(conn, sql, params![session_key, MAX_SYSTEM_EVENTS])?;
    Ok(true)
}

/// Removes the lines that a run was told.
pub(crate) fn told(conn: &Connection, session_key: &str, until: u64) -> rusqlite::Result<usize> {
    let sql = "DELETE FROM system_event WHERE session_key = ?1 AND id <= ?2";
    run(conn, sql, params![session_key, Millis(until)])
}

const TABLE: &str = "system_event";
