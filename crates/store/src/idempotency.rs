//! Answers already given to keyed requests: record, table, operations.

use std::fmt;
use std::time::Duration;

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use crate::columns::{Millis, json, ms, rows, run};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;

/// The answer given to a request with an `idempotencyKey`.
#[derive(Clone)]
pub struct IdempotencyRecord {
    /// What the key belongs to: a method name, or any other space of keys.
    pub kind: String,
    /// The key the caller chose.
    pub key: String,
    /// When the answer was given, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// The answer.
    pub result: Box<Raw>,
}

/// Answers kept at most; the oldest goes when there is one more.
pub const MAX_RESULTS: usize = 1000;

/// Bytes of one answer at most. Larger ones are for the caller to keep, or to do without.
pub const MAX_RESULT_BYTES: usize = 64 * 1024;

/// Operations on answers to keyed requests.
impl Store {
    /// The answer given under this key, whatever its age.
    pub fn result(&self, kind: &str, key: &str) -> Op<Option<IdempotencyRecord>> {
        let (kind, key) = (kind.to_owned(), key.to_owned());
        self.read(move |cx| find(cx.conn, &kind, &key))
    }

    /// Keeps an answer, unless one younger than `ttl` stands under the key already; returns
    /// the one that stands. Of two answers to one key, both callers get the first.
    ///
    /// Errors: [`StoreError::ResultTooLarge`].
    pub fn remember_result(
        &self,
        record: IdempotencyRecord,
        ttl: Duration,
    ) -> Op<IdempotencyRecord> {
        self.write(move |cx| remember(cx.conn, record, ttl))
    }

    /// Forgets the answers given before `before_ms`; says how many.
    pub fn forget_results(&self, before_ms: u64) -> Op<usize> {
        self.write(move |cx| {
            let sql = "DELETE FROM idempotency WHERE created_at_ms < ?1";
            Ok(run(cx.conn, sql, [Millis(before_ms)])?)
        })
    }
}

fn remember(
    conn: &Connection,
    record: IdempotencyRecord,
    ttl: Duration,
) -> Result<IdempotencyRecord, Failure> {
    let bytes = record.result.get().len();
    if bytes > MAX_RESULT_BYTES {
        return Err(StoreError::ResultTooLarge {
            bytes,
            max: MAX_RESULT_BYTES,
        }
        .into());
    }
    if let Some(standing) = find(conn, &record.kind, &record.key)? {
        let age_ms = record.created_at_ms.saturating_sub(standing.created_at_ms);
        if u128::from(age_ms) < ttl.as_millis() {
            return Ok(standing);
        }
        let sql = "DELETE FROM idempotency WHERE kind = ?1 AND key = ?2";
        run(conn, sql, [&record.kind, &record.key])?;
    }
    run(
        conn,
        "INSERT INTO idempotency (kind, key, created_at_ms, result) VALUES (?1, ?2, ?3, ?4)",
        params![
            record.kind,
            record.key,
            Millis(record.created_at_ms),
            record.result.get()
        ],
    )?;
    // Ids grow by one, so the distance from the newest bounds the number of rows.
    let newest = conn.last_insert_rowid();
    let kept = i64::try_from(MAX_RESULTS).unwrap_or(i64::MAX);
    run(
        conn,
        "DELETE FROM idempotency WHERE id <= ?1",
        [newest.saturating_sub(kept)],
    )?;
    Ok(record)
}

fn find(conn: &Connection, kind: &str, key: &str) -> Result<Option<IdempotencyRecord>, Failure> {
    let sql = "SELECT key, kind, created_at_ms, result FROM idempotency
               WHERE kind = ?1 AND key = ?2";
    Ok(rows(conn, "idempotency", sql, [kind, key], read)?
        .into_iter()
        .next())
}

fn read(row: &Row<'_>) -> rusqlite::Result<IdempotencyRecord> {
    Ok(IdempotencyRecord {
        kind: row.get("kind")?,
        key: row.get("key")?,
        created_at_ms: ms(row, "created_at_ms")?,
        result: json(row, "result")?,
    })
}

/// Answers may be private: only their size shows.
impl fmt::Debug for IdempotencyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyRecord")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .field("created_at_ms", &self.created_at_ms)
            .field("result_bytes", &self.result.get().len())
            .finish()
    }
}
