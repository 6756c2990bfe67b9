//! What waits for a node that sleeps: work of two kinds, and calls that need its foreground.

use openclaw_protocol::id::{DeviceId, InvokeId};
use openclaw_protocol::methods::node::pending::pull::PendingAction;
use openclaw_protocol::methods::node::pending::work::{
    PendingPriority, PendingWork, PendingWorkKind,
};
use openclaw_protocol::methods::nullable::Nullable;
use rusqlite::{Connection, Row, params};

use crate::columns::{Json, Millis, ms, rows, run};
use crate::devices;
use crate::error::Failure;
use crate::op::Op;
use crate::store::Store;

/// Work that was put on the list of a node, or stood there before.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedWork {
    /// Grows with every change of the list.
    pub revision: u64,
    /// What waits.
    pub work: PendingWork,
}

/// Work that was taken off the list of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct DrainedWork {
    /// Grows with every change of the list.
    pub revision: u64,
    /// What was taken: the pressing first, then the older.
    pub items: Vec<PendingWork>,
    /// How much is left.
    pub left: usize,
}

/// A call that waits for the foreground of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeActionRecord {
    /// The call, as the node is told.
    pub action: PendingAction,
    /// The caller's idempotency key: one call waits for one key.
    pub key: String,
    /// When it lapses, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// Calls that wait for the foreground of one node at most; the oldest goes.
pub const MAX_NODE_ACTIONS: usize = 64;

/// Operations on what waits for nodes. It goes with its device.
impl Store {
    /// Puts work on the list of a node, unless work of that kind waits already; answers what
    /// waits.
    ///
    /// Errors: [`StoreError::UnknownDevice`](crate::StoreError::UnknownDevice).
    pub fn queue_node_work(
        &self,
        device_id: &DeviceId,
        work: PendingWork,
        expires_at_ms: u64,
        now_ms: u64,
    ) -> Op<QueuedWork> {
        let device_id = device_id.clone();
        self.write(move |cx| {
            devices::load(cx, &device_id)?;
            forget_expired(cx.conn, &device_id, now_ms)?;
            let standing = work_of(cx.conn, &device_id)?;
            let standing = standing.into_iter().find(|other| other.kind == work.kind);
            if let Some(work) = standing {
                let revision = revision(cx.conn, &device_id)?;
                return Ok(QueuedWork { revision, work });
            }
            run(
                cx.conn,
                "INSERT INTO node_work
                     (work_id, device_id, kind, is_high, created_at_ms, expires_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    work.id,
                    device_id.as_str(),
                    Json(work.kind),
                    work.priority == PendingPriority::High,
                    Millis(work.created_at_ms),
                    Millis(expires_at_ms)
                ],
            )?;
            let work = PendingWork {
                expires_at_ms: Nullable::Value(expires_at_ms),
                ..work
            };
            let revision = changed(cx.conn, &device_id)?;
            Ok(QueuedWork { revision, work })
        })
    }

    /// Takes work off the list of a node.
    ///
    /// Errors: [`StoreError::UnknownDevice`](crate::StoreError::UnknownDevice).
    pub fn drain_node_work(
        &self,
        device_id: &DeviceId,
        most: usize,
        now_ms: u64,
    ) -> Op<DrainedWork> {
        let device_id = device_id.clone();
        self.write(move |cx| {
            devices::load(cx, &device_id)?;
            forget_expired(cx.conn, &device_id, now_ms)?;
            let mut items = work_of(cx.conn, &device_id)?;
            let left = items.len().saturating_sub(most);
            items.truncate(most);
            for work in &items {
                let sql = "DELETE FROM node_work WHERE device_id = ?1 AND kind = ?2";
                run(cx.conn, sql, params![device_id.as_str(), Json(work.kind)])?;
            }
            let revision = if items.is_empty() {
                revision(cx.conn, &device_id)?
            } else {
                changed(cx.conn, &device_id)?
            };
            Ok(DrainedWork {
                revision,
                items,
                left,
            })
        })
    }

    /// Has a call wait for the foreground of a node; answers the one that waits under its key.
    ///
    /// Errors: [`StoreError::UnknownDevice`](crate::StoreError::UnknownDevice).
    pub fn queue_node_action(
        &self,
        device_id: &DeviceId,
        record: NodeActionRecord,
        now_ms: u64,
    ) -> Op<PendingAction> {
        let device_id = device_id.clone();
        self.write(move |cx| {
            devices::load(cx, &device_id)?;
            forget_expired(cx.conn, &device_id, now_ms)?;
            let sql = "SELECT * FROM node_action WHERE device_id = ?1 AND call_key = ?2";
            let key = [device_id.as_str(), record.key.as_str()];
            let standing = rows(cx.conn, "node_action", sql, key, read_action)?;
            if let Some(action) = standing.into_iter().next() {
                return Ok(action);
            }
            let action = record.action;
            run(
                cx.conn,
                "INSERT INTO node_action
                     (action_id, device_id, call_key, command, params, created_at_ms, expires_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    action.id.as_str(),
                    device_id.as_str(),
                    record.key,
                    action.command,
                    action.params_json,
                    Millis(action.enqueued_at_ms),
                    Millis(record.expires_at_ms)
                ],
            )?;
            let sql = "DELETE FROM node_action WHERE device_id = ?1 AND rowid NOT IN
                           (SELECT rowid FROM node_action WHERE device_id = ?1
                            ORDER BY rowid DESC LIMIT ?2)";
            let most = i64::try_from(MAX_NODE_ACTIONS).unwrap_or(i64::MAX);
            run(cx.conn, sql, params![device_id.as_str(), most])?;
            Ok(action)
        })
    }

    /// The calls that wait for the foreground of a node, the oldest in front.
    pub fn node_actions(&self, device_id: &DeviceId, now_ms: u64) -> Op<Vec<PendingAction>> {
        let device_id = device_id.clone();
        self.read(move |cx| {
            let sql = "SELECT * FROM node_action WHERE device_id = ?1 AND expires_at_ms > ?2
                       ORDER BY rowid";
            let of = params![device_id.as_str(), Millis(now_ms)];
            rows(cx.conn, "node_action", sql, of, read_action)
        })
    }

    /// Takes calls off that list; says how many still wait. Unknown ids are passed over.
    pub fn remove_node_actions(
        &self,
        device_id: &DeviceId,
        ids: Vec<InvokeId>,
        now_ms: u64,
    ) -> Op<usize> {
        let device_id = device_id.clone();
        self.write(move |cx| {
            forget_expired(cx.conn, &device_id, now_ms)?;
            for id in &ids {
                let sql = "DELETE FROM node_action WHERE device_id = ?1 AND action_id = ?2";
                run(cx.conn, sql, [device_id.as_str(), id.as_str()])?;
            }
            let sql = "SELECT action_id FROM node_action WHERE device_id = ?1";
            let left = rows(cx.conn, "node_action", sql, [device_id.as_str()], |row| {
                row.get::<_, String>(0)
            })?;
            Ok(left.len())
        })
    }
}

fn forget_expired(conn: &Connection, device_id: &DeviceId, now_ms: u64) -> Result<(), Failure> {
    let of = || params_of(device_id, now_ms);
    let sql = "DELETE FROM node_work WHERE device_id = ?1 AND expires_at_ms <= ?2";
    if run(conn, sql, of())? > 0 {
        changed(conn, device_id)?;
    }
    let sql = "DELETE FROM node_action WHERE device_id = ?1 AND expires_at_ms <= ?2";
    run(conn, sql, of())?;
    Ok(())
}

fn params_of(device_id: &DeviceId, now_ms: u64) -> (&str, Millis) {
    (device_id.as_str(), Millis(now_ms))
}

fn revision(conn: &Connection, device_id: &DeviceId) -> Result<u64, Failure> {
    let sql = "SELECT device_id, revision FROM node_queue WHERE device_id = ?1";
    let found = rows(conn, "node_queue", sql, [device_id.as_str()], |row| {
        ms(row, "revision")
    })?;
    Ok(found.into_iter().next().unwrap_or(0))
}

fn changed(conn: &Connection, device_id: &DeviceId) -> Result<u64, Failure> {
    run(
        conn,
        "INSERT INTO node_queue (device_id, revision) VALUES (?1, 1)
         ON CONFLICT (device_id) DO UPDATE SET revision = revision + 1",
        [device_id.as_str()],
    )?;
    revision(conn, device_id)
}

fn work_of(conn: &Connection, device_id: &DeviceId) -> Result<Vec<PendingWork>, Failure> {
    let sql = "SELECT * FROM node_work WHERE device_id = ?1
               ORDER BY is_high DESC, created_at_ms, work_id";
    rows(conn, "node_work", sql, [device_id.as_str()], read_work)
}

fn read_work(row: &Row<'_>) -> rusqlite::Result<PendingWork> {
    let Json(kind): Json<PendingWorkKind> = row.get("kind")?;
    let priority = if row.get("is_high")? {
        PendingPriority::High
    } else {
        PendingPriority::Normal
    };
    let created_at_ms = ms(row, "created_at_ms")?;
    Ok(PendingWork {
        expires_at_ms: Nullable::Value(ms(row, "expires_at_ms")?),
        ..PendingWork::new(row.get("work_id")?, kind, priority, created_at_ms)
    })
}

fn read_action(row: &Row<'_>) -> rusqlite::Result<PendingAction> {
    let id: String = row.get("action_id")?;
    Ok(PendingAction {
        params_json: row.get("params")?,
        ..PendingAction::new(
            InvokeId::from(id),
            row.get("command")?,
            ms(row, "created_at_ms")?,
        )
    })
}
