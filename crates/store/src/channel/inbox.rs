//! Updates that came in: record, table, operations.

use std::fmt;

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use crate::columns::{Millis, json, ms, rows, run};
use crate::error::Failure;
use crate::op::Op;
use crate::store::Store;

/// Which update of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UpdateKey {
    /// The channel: `telegram`.
    pub channel: String,
    /// The account of the channel: `default`.
    pub account: String,
    /// The channel's own id of the update.
    pub update_id: String,
}

/// An update that came in and is not settled.
#[derive(Clone)]
pub struct UpdateRecord {
    /// Which one.
    pub key: UpdateKey,
    /// When it came in, in milliseconds since 1970.
    pub received_at_ms: u64,
    /// What came in, as JSON.
    pub body: Box<Raw>,
    /// The run that answers it, if one was asked for.
    pub run_id: Option<String>,
}

/// Operations on updates.
///
/// An update is accepted, perhaps given to a run with
/// [`queue_run`](Store::queue_run), and settled: by the end of that run, or by
/// [`settle_update`](Store::settle_update). Its body goes then; its key stays, so that it is
/// known when it comes again.
impl Store {
    /// Keeps an update; says whether it is new. Acknowledge it to the channel after that.
    pub fn accept_update(&self, key: UpdateKey, body: Box<Raw>, at_ms: u64) -> Op<bool> {
        self.write(move |cx| {
            let sql = "INSERT INTO inbox (channel, account, update_id, received_at_ms, body)
                       VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (channel, account, update_id) DO NOTHING";
            let params = params![
                key.channel,
                key.account,
                key.update_id,
                Millis(at_ms),
                body.get()
            ];
            Ok(run(cx.conn, sql, params)? > 0)
        })
    }

    /// The updates that are not settled, in the order in which they came in.
    pub fn open_updates(&self) -> Op<Vec<UpdateRecord>> {
        self.read(|cx| {
            let sql = "SELECT * FROM inbox WHERE settled_at_ms IS NULL ORDER BY id";
            rows(cx.conn, "inbox", sql, (), read)
        })
    }

    /// Notes that nothing more is to be done for an update; says whether that was so already,
    /// or the update is not known.
    pub fn settle_update(&self, key: UpdateKey, at_ms: u64) -> Op<bool> {
        self.write(move |cx| {
            let sql = "UPDATE inbox SET settled_at_ms = ?4, body = NULL
                       WHERE channel = ?1 AND account = ?2 AND update_id = ?3
                           AND settled_at_ms IS NULL";
            let params = params![key.channel, key.account, key.update_id, Millis(at_ms)];
            Ok(run(cx.conn, sql, params)? == 0)
        })
    }

    /// Forgets the updates that were settled before `before_ms`; says how many. One that comes
    /// again after that counts as new.
    pub fn forget_updates(&self, before_ms: u64) -> Op<usize> {
        self.write(move |cx| {
            let sql = "DELETE FROM inbox WHERE settled_at_ms < ?1";
            Ok(run(cx.conn, sql, [Millis(before_ms)])?)
        })
    }
}

pub(crate) fn give_to_run(conn: &Connection, key: &UpdateKey, run_id: &str) -> Result<(), Failure> {
    let sql = "UPDATE inbox SET run_id = ?4
               WHERE channel = ?1 AND account = ?2 AND update_id = ?3 AND settled_at_ms IS NULL";
    run(
        conn,
        sql,
        params![key.channel, key.account, key.update_id, run_id],
    )?;
    Ok(())
}

pub(crate) fn settle_of_run(conn: &Connection, run_id: &str, at_ms: u64) -> Result<(), Failure> {
    let sql = "UPDATE inbox SET settled_at_ms = ?2, body = NULL
               WHERE run_id = ?1 AND settled_at_ms IS NULL";
    run(conn, sql, params![run_id, Millis(at_ms)])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<UpdateRecord> {
    Ok(UpdateRecord {
        key: UpdateKey {
            channel: row.get("channel")?,
            account: row.get("account")?,
            update_id: row.get("update_id")?,
        },
        received_at_ms: ms(row, "received_at_ms")?,
        body: json(row, "body")?,
        run_id: row.get("run_id")?,
    })
}

/// What people say is private: only names and times show.
impl fmt::Debug for UpdateRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateRecord")
            .field("key", &self.key)
            .field("received_at_ms", &self.received_at_ms)
            .field("run_id", &self.run_id)
            .finish_non_exhaustive()
    }
}
