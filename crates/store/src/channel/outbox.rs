//! What is to be sent: record, table, operations.

use std::fmt;

use openclaw_protocol::Raw;
use rusqlite::{Connection, Row, params};

use crate::columns::{Millis, json, ms, optional_json, rows, run, unreadable};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;

/// Something to send through a channel.
#[derive(Clone)]
pub struct NewDelivery {
    /// Its id. Of two deliveries with one id the first counts.
    pub delivery_id: String,
    /// The channel: `telegram`.
    pub channel: String,
    /// The account of the channel: `default`.
    pub account: String,
    /// Where to. What goes to one target is sent in the order in which it was put here.
    pub target: String,
    /// When it was put here, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// What to send, as JSON.
    pub body: Box<Raw>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits for its time.
    Waiting,
    /// It is being sent, or was when the Gateway ended.
    Sending,
    /// The channel took it.
    Sent,
    /// The channel refused it for good.
    Failed,
    /// Nobody knows whether the channel took it; it is not sent again.
    Unknown,
}

impl DeliveryState {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Sending,
        Self::Sent,
        Self::Failed,
        Self::Unknown,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// A delivery.
#[derive(Debug, Clone)]
pub struct DeliveryRecord {
    /// What is to be sent.
    pub delivery: NewDelivery,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was begun.
    pub attempts: u32,
    /// When it may be sent at the earliest, in milliseconds since 1970.
    pub not_before_ms: u64,
    /// What the channel said last, as JSON.
    pub result: Option<Box<Raw>>,
}

/// How an attempt to send ended.
#[derive(Debug, Clone)]
pub enum DeliveryEnd {
    /// The channel took it.
    Sent(Box<Raw>),
    /// It certainly did not take it: try again, not before this time.
    Again {
        /// In milliseconds since 1970.
        not_before_ms: u64,
        /// What the channel said.
        result: Box<Raw>,
    },
    /// It will never take it.
    Failed(Box<Raw>),
    /// Nobody knows.
    Unknown(Box<Raw>),
}

/// Operations on deliveries.
impl Store {
    /// Puts something in the queue; says whether it is new.
    pub fn put_delivery(&self, delivery: NewDelivery) -> Op<bool> {
        self.write(move |cx| insert(cx.conn, &delivery))
    }

    /// The delivery with this id.
    pub fn delivery(&self, delivery_id: &str) -> Op<Option<DeliveryRecord>> {
        let id = delivery_id.to_owned();
        self.read(move |cx| {
            let sql = "SELECT * FROM outbox WHERE delivery_id = ?1";
            Ok(rows(cx.conn, TABLE, sql, [&id], read)?.into_iter().next())
        })
    }

    /// The deliveries that wait or are being sent, in the order in which they were put here.
    pub fn open_deliveries(&self) -> Op<Vec<DeliveryRecord>> {
        self.read(|cx| {
            let sql = "SELECT * FROM outbox WHERE state IN ('waiting', 'sending') ORDER BY id";
            rows(cx.conn, TABLE, sql, (), read)
        })
    }

    /// Notes that a delivery is about to be sent. Await it before a byte is sent: what is found
    /// in this state at a start was perhaps sent and perhaps not.
    ///
    /// Errors: [`StoreError::UnknownDelivery`] for one that does not wait.
    pub fn begin_delivery(&self, delivery_id: &str) -> Op<()> {
        let id = delivery_id.to_owned();
        self.write(move |cx| {
            let sql = "UPDATE outbox SET state = 'sending', attempts = attempts + 1
                       WHERE delivery_id = ?1 AND state = 'waiting'";
            match run(cx.conn, sql, [&id])? {
                0 => Err(StoreError::UnknownDelivery(id).into()),
                _ => Ok(()),
            }
        })
    }

    /// Notes how an attempt ended.
    ///
    /// Errors: [`StoreError::UnknownDelivery`] for one that is not being sent.
    pub fn end_delivery(&self, delivery_id: &str, end: DeliveryEnd, at_ms: u64) -> Op<()> {
        let id = delivery_id.to_owned();
        self.write(move |cx| {
            let (state, not_before, result) = match &end {
                DeliveryEnd::Sent(result) => (DeliveryState::Sent, None, result),
                DeliveryEnd::Failed(result) => (DeliveryState::Failed, None, result),
                DeliveryEnd::Unknown(result) => (DeliveryState::Unknown, None, result),
                DeliveryEnd::Again {
                    not_before_ms,
                    result,
                } => (DeliveryState::Waiting, Some(Millis(*not_before_ms)), result),
            };
            let ended = (state != DeliveryState::Waiting).then_some(Millis(at_ms));
            let sql = "UPDATE outbox SET state = ?2, result = ?3, ended_at_ms = ?4,
                           not_before_ms = coalesce(?5, not_before_ms)
                       WHERE delivery_id = ?1 AND state = 'sending'";
            let params = params![id, state.as_str(), result.get(), ended, not_before];
            match run(cx.conn, sql, params)? {
                0 => Err(StoreError::UnknownDelivery(id).into()),
                _ => Ok(()),
            }
        })
    }

    /// Forgets the deliveries that ended before `before_ms`; says how many.
    pub fn forget_deliveries(&self, before_ms: u64) -> Op<usize> {
        self.write(move |cx| {
            let sql = "DELETE FROM outbox WHERE ended_at_ms < ?1";
            Ok(run(cx.conn, sql, [Millis(before_ms)])?)
        })
    }
}

/// Says whether the delivery is new.
pub(crate) fn insert(conn: &Connection, delivery: &NewDelivery) -> Result<bool, Failure> {
    let sql = "INSERT INTO outbox (delivery_id, channel, account, target, state, attempts,
                   created_at_ms, not_before_ms, body)
               VALUES (?1, ?2, ?3, ?4, 'waiting', 0, ?5, ?5, ?6)
               ON CONFLICT (delivery_id) DO NOTHING";
    let params = params![
        delivery.delivery_id,
        delivery.channel,
        delivery.account,
        delivery.target,
        Millis(delivery.created_at_ms),
        delivery.body.get(),
    ];
    Ok(run(conn, sql, params)? > 0)
}

fn read(row: &Row<'_>) -> rusqlite::Result<DeliveryRecord> {
    let state: String = row.get("state")?;
    let found = DeliveryState::ALL
        .into_iter()
        .find(|one| one.as_str() == state);
    Ok(DeliveryRecord {
        delivery: NewDelivery {
            delivery_id: row.get("delivery_id")?,
            channel: row.get("channel")?,
            account: row.get("account")?,
            target: row.get("target")?,
            created_at_ms: ms(row, "created_at_ms")?,
            body: json(row, "body")?,
        },
        state: found.ok_or_else(|| unreadable(row, "state", format!("`{state}`")))?,
        attempts: row.get("attempts")?,
        not_before_ms: ms(row, "not_before_ms")?,
        result: optional_json(row, "result")?,
    })
}

/// What people say is private: only names and times show.
impl fmt::Debug for NewDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewDelivery")
            .field("delivery_id", &self.delivery_id)
            .field("channel", &self.channel)
            .field("account", &self.account)
            .field("target", &self.target)
            .field("created_at_ms", &self.created_at_ms)
            .finish_non_exhaustive()
    }
}

const TABLE: &str = "outbox";
