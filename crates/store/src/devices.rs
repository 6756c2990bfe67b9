//! Paired devices: table, operations.

use openclaw_protocol::id::DeviceId;
use rusqlite::{Connection, Row, params};

use crate::columns::{Json, Millis, device_id, json, ms, optional_ms, rows, run};
use crate::error::{Failure, StoreError};
use crate::job::Context;
use crate::op::Op;
use crate::store::Store;
use crate::{
    ApprovedSurface, ClientFacts, DeviceRecord, PendingRecord, Surface, Tokens, pending,
    setup_codes, tokens,
};

/// Operations on devices. Each answers with the record as it stands afterwards.
impl Store {
    /// Records a device whole, tokens and surface included, in place of what was known of it.
    pub fn put_device(&self, device: DeviceRecord) -> Op<()> {
        self.write(move |cx| put(cx.conn, &device))
    }

    /// Gives a device the name by which operators know it, or takes that name away.
    ///
    /// Errors: [`StoreError::UnknownDevice`].
    pub fn rename_device(&self, device_id: &DeviceId, label: Option<String>) -> Op<DeviceRecord> {
        self.update_device(device_id, move |device| {
            device.operator_label = label;
            Ok(())
        })
    }

    /// Records what a device says of itself by now; silence on a point takes the old word away.
    ///
    /// Errors: [`StoreError::UnknownDevice`].
    pub fn put_facts(&self, device_id: &DeviceId, facts: ClientFacts) -> Op<DeviceRecord> {
        self.update_device(device_id, move |device| {
            device.facts = facts;
            Ok(())
        })
    }

    /// Records the approved surface of a node without a pairing request.
    ///
    /// Errors: [`StoreError::UnknownDevice`].
    pub fn put_surface(
        &self,
        device_id: &DeviceId,
        surface: Surface,
        at_ms: u64,
    ) -> Op<DeviceRecord> {
        self.update_device(device_id, move |device| {
            device.surface = Some(approved(device.surface.as_ref(), surface, at_ms));
            Ok(())
        })
    }

    /// Takes the approved surface of a node away; the device stays paired.
    ///
    /// Errors: [`StoreError::UnknownDevice`].
    pub fn remove_surface(&self, device_id: &DeviceId) -> Op<DeviceRecord> {
        self.update_device(device_id, |device| {
            device.surface = None;
            Ok(())
        })
    }

    /// Removes a device with its tokens, its surface, its waiting requests and the setup codes
    /// that were made on it and wait, and returns the device and the requests.
    ///
    /// Errors: [`StoreError::UnknownDevice`].
    pub fn remove_device(&self, device_id: &DeviceId) -> Op<(DeviceRecord, Vec<PendingRecord>)> {
        let device_id = device_id.clone();
        self.write(move |cx| {
            let device = load(cx, &device_id)?;
            let waiting = pending::remove_of_device(cx.conn, &device_id)?;
            setup_codes::remove_made_by(cx.conn, &device_id)?;
            run(
                cx.conn,
                "DELETE FROM device WHERE device_id = ?1",
                [device_id.as_str()],
            )?;
            Ok((device, waiting))
        })
    }

    pub(crate) fn update_device(
        &self,
        device_id: &DeviceId,
        change: impl FnOnce(&mut DeviceRecord) -> Result<(), StoreError> + Send + 'static,
    ) -> Op<DeviceRecord> {
        let device_id = device_id.clone();
        self.write(move |cx| {
            let mut device = load(cx, &device_id)?;
            change(&mut device)?;
            put(cx.conn, &device)?;
            Ok(device)
        })
    }
}

/// A surface as approved now; `before` is the one it replaces.
pub(crate) fn approved(
    before: Option<&ApprovedSurface>,
    surface: Surface,
    at_ms: u64,
) -> ApprovedSurface {
    let created_at_ms = before.map_or(at_ms, |before| before.created_at_ms);
    ApprovedSurface {
        surface,
        created_at_ms,
        approved_at_ms: at_ms,
    }
}

/// Reads one device, touches included.
pub(crate) fn load(cx: Context<'_>, device_id: &DeviceId) -> Result<DeviceRecord, Failure> {
    find(cx, device_id)?.ok_or_else(|| StoreError::UnknownDevice(device_id.clone()).into())
}

/// Reads one device, touches included, if it is paired.
pub(crate) fn find(cx: Context<'_>, device_id: &DeviceId) -> Result<Option<DeviceRecord>, Failure> {
    let found = rows(
        cx.conn,
        TABLE,
        "SELECT * FROM device WHERE device_id = ?1",
        [device_id.as_str()],
        read,
    )?;
    let Some(mut device) = found.into_iter().next() else {
        return Ok(None);
    };
    device.tokens = tokens::load(cx.conn, device_id)?;
    cx.touches.overlay(&mut device);
    Ok(Some(device))
}

/// Reads all devices, the one approved first in front.
pub(crate) fn load_all(cx: Context<'_>) -> Result<Vec<DeviceRecord>, Failure> {
    let sql = "SELECT * FROM device ORDER BY created_at_ms, device_id";
    let mut devices = rows(cx.conn, TABLE, sql, (), read)?;
    let mut tokens = tokens::load_all(cx.conn)?;
    for device in &mut devices {
        if let Some(tokens) = tokens.remove(&device.device_id) {
            device.tokens = tokens;
        }
        cx.touches.overlay(device);
    }
    Ok(devices)
}

/// Writes one device whole.
pub(crate) fn put(conn: &Connection, device: &DeviceRecord) -> Result<(), Failure> {
    run(
        conn,
        "INSERT INTO device (device_id, public_key, operator_label, facts, roles, scopes,
             approved_via, surface, created_at_ms, approved_at_ms, last_seen_at_ms,
             last_seen_reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (device_id) DO UPDATE SET
             public_key = excluded.public_key, operator_label = excluded.operator_label,
             facts = excluded.facts, roles = excluded.roles, scopes = excluded.scopes,
             approved_via = excluded.approved_via, surface = excluded.surface,
             created_at_ms = excluded.created_at_ms, approved_at_ms = excluded.approved_at_ms,
             last_seen_at_ms = excluded.last_seen_at_ms,
             last_seen_reason = excluded.last_seen_reason",
        params![
            device.device_id.as_str(),
            device.public_key,
            device.operator_label,
            Json(&device.facts),
            Json(&device.roles),
            Json(&device.scopes),
            device.approved_via,
            device.surface.as_ref().map(Json),
            Millis(device.created_at_ms),
            Millis(device.approved_at_ms),
            device.last_seen_at_ms.map(Millis),
            device.last_seen_reason,
        ],
    )?;
    tokens::put_all(conn, &device.device_id, &device.tokens)?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<DeviceRecord> {
    Ok(DeviceRecord {
        device_id: device_id(row, "device_id")?,
        public_key: row.get("public_key")?,
        operator_label: row.get("operator_label")?,
        facts: json(row, "facts")?,
        roles: json(row, "roles")?,
        scopes: json(row, "scopes")?,
        approved_via: row.get("approved_via")?,
        created_at_ms: ms(row, "created_at_ms")?,
        approved_at_ms: ms(row, "approved_at_ms")?,
        last_seen_at_ms: optional_ms(row, "last_seen_at_ms")?,
        last_seen_reason: row.get("last_seen_reason")?,
        tokens: Tokens::none(),
        surface: row
            .get::<_, Option<Json<ApprovedSurface>>>("surface")?
            .map(|Json(s)| s),
    })
}

const TABLE: &str = "device";
