//! Setup codes: table, operations.

use openclaw_protocol::events::device::pair::setup::completed::SetupAccess;
use openclaw_protocol::id::DeviceId;
use rusqlite::{Connection, Row, params};

use crate::approval::admit;
use crate::columns::{Json, Millis, json, ms, optional_ms, rows, run, unreadable};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;
use crate::{ClientFacts, DeviceGrant, DeviceRecord, SetupCodeRecord, SetupUse, devices};

/// What a device gets for a setup code.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// The device.
    pub device_id: DeviceId,
    /// Its raw public key, unpadded base64url.
    pub public_key: String,
    /// What it says of itself.
    pub facts: ClientFacts,
    /// What it is granted.
    pub grant: DeviceGrant,
}

/// Operations on setup codes.
impl Store {
    /// Records a code that was just made.
    pub fn put_setup_code(&self, code: SetupCodeRecord) -> Op<()> {
        self.write(move |cx| put(cx.conn, &code))
    }

    /// Spends a code: it is used from then on, and its device approved with what it gives, at
    /// once. Of two uses of one code, one is recorded.
    ///
    /// Whether the code is still good by the clock is for the caller to know.
    ///
    /// Errors: [`StoreError::SetupCodeSpent`] for a code that was used, or is not there.
    pub fn redeem_setup_code(
        &self,
        setup_id: &str,
        redemption: Redemption,
        at_ms: u64,
    ) -> Op<(SetupCodeRecord, DeviceRecord)> {
        let setup_id = setup_id.to_owned();
        self.write(move |cx| {
            let found = find(cx.conn, &setup_id)?.filter(|code| code.used.is_none());
            let mut code = found.ok_or(StoreError::SetupCodeSpent)?;
            let Redemption {
                device_id,
                public_key,
                facts,
                grant,
            } = redemption;
            code.used = Some(SetupUse {
                device_id: device_id.clone(),
                device_name: facts.display_name.clone(),
                at_ms,
                delivered_at_ms: None,
            });
            put(cx.conn, &code)?;
            let before = devices::find(cx, &device_id)?;
            let device = admit(before, &device_id, &public_key, facts, grant, at_ms);
            devices::put(cx.conn, &device)?;
            Ok((code, device))
        })
    }

    /// Notes that the device that used a code was answered.
    ///
    /// Errors: [`StoreError::SetupCodeSpent`] for a code that is not there, or was not used.
    pub fn deliver_setup_code(&self, setup_id: &str, at_ms: u64) -> Op<SetupCodeRecord> {
        let setup_id = setup_id.to_owned();
        self.write(move |cx| {
            let mut code = find(cx.conn, &setup_id)?.ok_or(StoreError::SetupCodeSpent)?;
            let Some(used) = &mut code.used else {
                return Err(StoreError::SetupCodeSpent.into());
            };
            used.delivered_at_ms.get_or_insert(at_ms);
            put(cx.conn, &code)?;
            Ok(code)
        })
    }

    /// Removes these codes, as far as they are there.
    pub fn remove_setup_codes(&self, setup_ids: Vec<String>) -> Op<()> {
        self.write(move |cx| {
            for setup_id in &setup_ids {
                run(
                    cx.conn,
                    "DELETE FROM setup_code WHERE setup_id = ?1",
                    [setup_id],
                )?;
            }
            Ok(())
        })
    }
}

/// Removes the codes that were made on a device and wait.
pub(crate) fn remove_made_by(conn: &Connection, device_id: &DeviceId) -> rusqlite::Result<usize> {
    let sql = "DELETE FROM setup_code WHERE made_by = ?1 AND used_at_ms IS NULL";
    run(conn, sql, [device_id.as_str()])
}

/// Reads all codes, the oldest first.
pub(crate) fn load_all(conn: &Connection) -> Result<Vec<SetupCodeRecord>, Failure> {
    let sql = "SELECT * FROM setup_code ORDER BY created_at_ms, setup_id";
    rows(conn, TABLE, sql, (), read)
}

fn find(conn: &Connection, setup_id: &str) -> Result<Option<SetupCodeRecord>, Failure> {
    let sql = "SELECT * FROM setup_code WHERE setup_id = ?1";
    Ok(rows(conn, TABLE, sql, [setup_id], read)?.into_iter().next())
}

fn put(conn: &Connection, code: &SetupCodeRecord) -> Result<(), Failure> {
    let used = code.used.as_ref();
    run(
        conn,
        "INSERT INTO setup_code (setup_id, digest, access, roles, scopes, maker, made_by,
             created_at_ms, expires_at_ms, used_by, device_name, used_at_ms, delivered_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (setup_id) DO UPDATE SET
             used_by = excluded.used_by, device_name = excluded.device_name,
             used_at_ms = excluded.used_at_ms, delivered_at_ms = excluded.delivered_at_ms",
        params![
            code.setup_id,
            code.digest,
            code.access.as_str(),
            Json(&code.roles),
            Json(&code.scopes),
            Json(&code.maker),
            code.made_by.as_ref().map(DeviceId::as_str),
            Millis(code.created_at_ms),
            Millis(code.expires_at_ms),
            used.map(|used| used.device_id.as_str()),
            used.and_then(|used| used.device_name.as_deref()),
            used.map(|used| Millis(used.at_ms)),
            used.and_then(|used| used.delivered_at_ms).map(Millis),
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<SetupCodeRecord> {
    let access: String = row.get("access")?;
    let used = match (
        optional_device(row, "used_by")?,
        optional_ms(row, "used_at_ms")?,
    ) {
        (Some(device_id), Some(at_ms)) => Some(SetupUse {
            device_id,
            device_name: row.get("device_name")?,
            at_ms,
            delivered_at_ms: optional_ms(row, "delivered_at_ms")?,
        }),
        (None, None) => None,
        _ => return Err(unreadable(row, "used_by", "used by nobody".to_owned())),
    };
    Ok(SetupCodeRecord {
        setup_id: row.get("setup_id")?,
        digest: row.get("digest")?,
        access: SetupAccess::from(access.as_str()),
        roles: json(row, "roles")?,
        scopes: json(row, "scopes")?,
        maker: json(row, "maker")?,
        made_by: optional_device(row, "made_by")?,
        created_at_ms: ms(row, "created_at_ms")?,
        expires_at_ms: ms(row, "expires_at_ms")?,
        used,
    })
}

fn optional_device(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<DeviceId>> {
    let Some(text) = row.get::<_, Option<String>>(column)? else {
        return Ok(None);
    };
    let id = DeviceId::parse(&text);
    id.map(Some)
        .ok_or_else(|| unreadable(row, column, "not a device id".to_owned()))
}

const TABLE: &str = "setup_code";
