//! Who may talk through a channel, and who asks to: record, table, operations.

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use crate::columns::{Millis, json, ms, optional_ms, rows, run};
use crate::error::Failure;
use crate::op::Op;
use crate::store::Store;

/// A sender that was approved, or asks to be.
///
/// Times are milliseconds since 1970.
#[derive(Debug, Clone)]
pub struct PeerRecord {
    /// The channel: `telegram`.
    pub channel: String,
    /// The account of the channel: `default`.
    pub account: String,
    /// The channel's own id of the sender.
    pub peer: String,
    /// The code by which a person approves the request; absent for an approved sender.
    pub code: Option<String>,
    /// Names, for a person, as JSON.
    pub facts: Box<Raw>,
    /// When the sender asked.
    pub asked_at_ms: u64,
    /// When a person approved.
    pub approved_at_ms: Option<u64>,
}

/// Operations on senders.
impl Store {
    /// All senders of all channels, in the order in which they asked.
    pub fn peers(&self) -> Op<Vec<PeerRecord>> {
        self.read(|cx| {
            let sql = "SELECT * FROM channel_peer ORDER BY asked_at_ms, channel, account, peer";
            rows(cx.conn, TABLE, sql, (), read)
        })
    }

    /// Keeps a request. For a sender that asks again, or was approved, the one that stands is
    /// answered and nothing changed, unless it waits since before `expired_before_ms`.
    pub fn ask_peer(&self, request: PeerRecord, expired_before_ms: u64) -> Op<PeerRecord> {
        self.write(move |cx| {
            let sql = "DELETE FROM channel_peer WHERE approved_at_ms IS NULL AND asked_at_ms < ?1";
            run(cx.conn, sql, [Millis(expired_before_ms)])?;
            let sql = "SELECT * FROM channel_peer
                       WHERE channel = ?1 AND account = ?2 AND peer = ?3";
            let key = params![request.channel, request.account, request.peer];
            if let Some(standing) = rows(cx.conn, TABLE, sql, key, read)?.into_iter().next() {
                return Ok(standing);
            }
            put(cx.conn, &request)?;
            Ok(request)
        })
    }

    /// Approves the request of a channel that has this code; answers the sender, or nothing
    /// where no request has it.
    pub fn approve_peer(
        &self,
        channel: &str,
        code: &str,
        asked_after_ms: u64,
        at_ms: u64,
    ) -> Op<Option<PeerRecord>> {
        let (channel, code) = (channel.to_owned(), code.to_owned());
        self.write(move |cx| {
            let sql = "UPDATE channel_peer SET approved_at_ms = ?4, code = NULL
                       WHERE channel = ?1 AND code = ?2 AND asked_at_ms >= ?3
                           AND approved_at_ms IS NULL
                       RETURNING *";
            let params = params![channel, code, Millis(asked_after_ms), Millis(at_ms)];
            Ok(rows(cx.conn, TABLE, sql, params, read)?.into_iter().next())
        })
    }

    /// Removes a sender, approved or not; says whether there was one.
    pub fn remove_peer(&self, channel: &str, account: &str, peer: &str) -> Op<bool> {
        let (channel, account, peer) = (channel.to_owned(), account.to_owned(), peer.to_owned());
        self.write(move |cx| {
            let sql = "DELETE FROM channel_peer WHERE channel = ?1 AND account = ?2 AND peer = ?3";
            Ok(run(cx.conn, sql, params![channel, account, peer])? > 0)
        })
    }
}

fn put(conn: &Connection, record: &PeerRecord) -> Result<(), Failure> {
    run(
        conn,
        "INSERT INTO channel_peer (channel, account, peer, code, facts, asked_at_ms, approved_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            record.channel,
            record.account,
            record.peer,
            record.code,
            record.facts.get(),
            Millis(record.asked_at_ms),
            record.approved_at_ms.map(Millis),
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<PeerRecord> {
    Ok(PeerRecord {
        channel: row.get("channel")?,
        account: row.get("account")?,
        peer: row.get("peer")?,
        code: row.get("code")?,
        facts: json(row, "facts")?,
        asked_at_ms: ms(row, "asked_at_ms")?,
        approved_at_ms: optional_ms(row, "approved_at_ms")?,
    })
}

const TABLE: &str = "channel_peer";
