//! Waiting pairing requests: table, operations.

use openclaw_protocol::id::{DeviceId, NodeId, PairingRequestId};
use rusqlite::{Connection, Row, params};

use crate::columns::{Json, Millis, device_id, json, ms, rows, run, unreadable};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;
use crate::{PendingAsk, PendingRecord};

/// Operations on pairing requests that wait.
impl Store {
    /// Records a request, and returns those it puts out of the way.
    ///
    /// The same id again renews the time and the facts of the request. Another request of the
    /// same kind by the same asker for the same roles and scopes is replaced, and so are the
    /// requests named in `superseding`, as far as they still wait.
    ///
    /// Errors: [`StoreError::RequestIdReused`] when the id stands for a request that does not
    /// [ask the same](PendingRecord::asks_same_as): what an operator saw under an id is what
    /// an approval of that id grants.
    pub fn put_pending(
        &self,
        request: PendingRecord,
        superseding: Vec<PairingRequestId>,
    ) -> Op<Vec<PendingRecord>> {
        self.write(move |cx| put(cx.conn, &request, &superseding))
    }

    /// Removes a request that was rejected or withdrawn, and returns it.
    ///
    /// Errors: [`StoreError::UnknownRequest`].
    pub fn remove_pending(&self, request_id: &PairingRequestId) -> Op<PendingRecord> {
        let request_id = request_id.clone();
        self.write(move |cx| take(cx.conn, &request_id))
    }

    /// Removes the requests made before `before_ms`, and returns them.
    pub fn remove_expired(&self, before_ms: u64) -> Op<Vec<PendingRecord>> {
        self.write(move |cx| {
            let sql = "DELETE FROM pending WHERE ts_ms < ?1 RETURNING *";
            rows(cx.conn, TABLE, sql, [Millis(before_ms)], read)
        })
    }
}

/// Removes one request and returns it.
pub(crate) fn take(
    conn: &Connection,
    request_id: &PairingRequestId,
) -> Result<PendingRecord, Failure> {
    let found = find(conn, request_id)?;
    let request = found.ok_or_else(|| StoreError::UnknownRequest(request_id.clone()))?;
    run(
        conn,
        "DELETE FROM pending WHERE request_id = ?1",
        [request_id.as_str()],
    )?;
    Ok(request)
}

/// Removes the requests of a device and returns them.
pub(crate) fn remove_of_device(
    conn: &Connection,
    device_id: &DeviceId,
) -> Result<Vec<PendingRecord>, Failure> {
    let sql = "DELETE FROM pending WHERE subject = ?1 AND kind IN ('device', 'surface')
               RETURNING *";
    rows(conn, TABLE, sql, [device_id.as_str()], read)
}

/// Reads all requests, the oldest first.
pub(crate) fn load_all(conn: &Connection) -> Result<Vec<PendingRecord>, Failure> {
    rows(
        conn,
        TABLE,
        "SELECT * FROM pending ORDER BY ts_ms, request_id",
        (),
        read,
    )
}

fn find(
    conn: &Connection,
    request_id: &PairingRequestId,
) -> Result<Option<PendingRecord>, Failure> {
    let sql = "SELECT * FROM pending WHERE request_id = ?1";
    Ok(rows(conn, TABLE, sql, [request_id.as_str()], read)?
        .into_iter()
        .next())
}

fn put(
    conn: &Connection,
    request: &PendingRecord,
    superseding: &[PairingRequestId],
) -> Result<Vec<PendingRecord>, Failure> {
    let id = &request.request_id;
    if let Some(standing) = find(conn, id)?
        && !standing.asks_same_as(request)
    {
        return Err(StoreError::RequestIdReused(id.clone()).into());
    }
    let access_key = request.access_key();
    let mut replaced = rows(
        conn,
        TABLE,
        "DELETE FROM pending
         WHERE subject = ?1 AND kind = ?2 AND access_key = ?3 AND request_id <> ?4
         RETURNING *",
        [
            request.subject(),
            request.kind().as_str(),
            &access_key,
            id.as_str(),
        ],
        read,
    )?;
    for other in superseding.iter().filter(|other| *other != id) {
        let sql = "DELETE FROM pending WHERE request_id = ?1 RETURNING *";
        replaced.extend(rows(conn, TABLE, sql, [other.as_str()], read)?);
    }
    run(
        conn,
        "INSERT OR REPLACE INTO pending (request_id, kind, subject, public_key, roles, scopes,
             access_key, declared, facts, silent, is_repair, ts_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            id.as_str(),
            request.kind().as_str(),
            request.subject(),
            request.public_key(),
            Json(request.roles()),
            Json(request.scopes()),
            access_key,
            Json(&request.declared),
            Json(&request.facts),
            request.silent,
            request.is_repair,
            Millis(request.ts_ms),
        ],
    )?;
    Ok(replaced)
}

fn read(row: &Row<'_>) -> rusqlite::Result<PendingRecord> {
    let kind: String = row.get("kind")?;
    let ask = match kind.as_str() {
        "device" => PendingAsk::Device {
            device_id: device_id(row, "subject")?,
            public_key: row.get("public_key")?,
            roles: json(row, "roles")?,
            scopes: json(row, "scopes")?,
        },
        "surface" => PendingAsk::Surface {
            device_id: device_id(row, "subject")?,
        },
        "legacy-node" => PendingAsk::LegacyNode {
            node_id: NodeId::from(row.get::<_, String>("subject")?),
        },
        other => return Err(unreadable(row, "kind", format!("unknown kind `{other}`"))),
    };
    Ok(PendingRecord {
        request_id: PairingRequestId::from(row.get::<_, String>("request_id")?),
        ask,
        declared: json(row, "declared")?,
        facts: json(row, "facts")?,
        silent: row.get("silent")?,
        is_repair: row.get("is_repair")?,
        ts_ms: ms(row, "ts_ms")?,
    })
}

const TABLE: &str = "pending";
