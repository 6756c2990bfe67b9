//! Device tokens: table, operations.

use std::collections::HashMap;

use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Role, ScopeSet};
use rusqlite::{Connection, Row, params};

use crate::columns::{Json, Millis, device_id, json, ms, optional_ms, rows, run};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;
use crate::{DeviceRecord, TokenDigest, TokenRecord, Tokens};

/// A token just made for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenGrant {
    /// The role it is for.
    pub role: Role,
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// The scopes it carries.
    pub scopes: ScopeSet,
}

/// Operations on tokens. Each answers with the device as it stands afterwards.
impl Store {
    /// Gives a device a token: its first for the role, or one in place of the old token, which
    /// is good for nothing from then on. Undoes an earlier revocation for the role.
    ///
    /// Errors: [`StoreError::UnknownDevice`].
    pub fn set_token(
        &self,
        device_id: &DeviceId,
        grant: TokenGrant,
        at_ms: u64,
    ) -> Op<DeviceRecord> {
        self.update_device(device_id, move |device| {
            issue(&mut device.tokens, grant, at_ms);
            Ok(())
        })
    }

    /// Revokes the token of a device for a role. A token revoked before keeps its first time.
    ///
    /// Errors: [`StoreError::UnknownDevice`], [`StoreError::UnknownToken`].
    pub fn revoke_token(&self, device_id: &DeviceId, role: &Role, at_ms: u64) -> Op<DeviceRecord> {
        let role = role.clone();
        self.update_device(device_id, move |device| {
            match device.tokens.get_mut(&role) {
                Some(token) => {
                    token.revoked_at_ms.get_or_insert(at_ms);
                    Ok(())
                }
                None => Err(StoreError::UnknownToken {
                    device_id: device.device_id.clone(),
                    role,
                }),
            }
        })
    }
}

/// Puts a new token into a set of tokens.
pub(crate) fn issue(tokens: &mut Tokens, grant: TokenGrant, at_ms: u64) {
    let TokenGrant {
        role,
        digest,
        scopes,
    } = grant;
    let before = tokens.get(&role);
    let token = TokenRecord {
        digest,
        scopes,
        created_at_ms: before.map_or(at_ms, |before| before.created_at_ms),
        rotated_at_ms: before.map(|_| at_ms),
        revoked_at_ms: None,
        last_used_at_ms: None,
    };
    tokens.insert(role, token);
}

/// Reads the tokens of one device.
pub(crate) fn load(conn: &Connection, device_id: &DeviceId) -> Result<Tokens, Failure> {
    let sql = "SELECT * FROM device_token WHERE device_id = ?1";
    let found = rows(conn, TABLE, sql, [device_id.as_str()], read)?;
    Ok(found
        .into_iter()
        .map(|(_, role, token)| (role, token))
        .collect())
}

/// Reads all tokens.
pub(crate) fn load_all(conn: &Connection) -> Result<HashMap<DeviceId, Tokens>, Failure> {
    let mut tokens: HashMap<_, Tokens> = HashMap::new();
    for (device_id, role, token) in rows(conn, TABLE, "SELECT * FROM device_token", (), read)? {
        tokens.entry(device_id).or_default().insert(role, token);
    }
    Ok(tokens)
}

/// Writes the tokens of one device in place of those it had.
pub(crate) fn put_all(
    conn: &Connection,
    device_id: &DeviceId,
    tokens: &Tokens,
) -> rusqlite::Result<()> {
    run(
        conn,
        "DELETE FROM device_token WHERE device_id = ?1",
        [device_id.as_str()],
    )?;
    for (role, token) in tokens.iter() {
        run(
            conn,
            "INSERT INTO device_token (device_id, role, digest, scopes, created_at_ms,
                 rotated_at_ms, revoked_at_ms, last_used_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                device_id.as_str(),
                role.as_str(),
                token.digest,
                Json(&token.scopes),
                Millis(token.created_at_ms),
                token.rotated_at_ms.map(Millis),
                token.revoked_at_ms.map(Millis),
                token.last_used_at_ms.map(Millis),
            ],
        )?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<(DeviceId, Role, TokenRecord)> {
    let role: String = row.get("role")?;
    let token = TokenRecord {
        digest: row.get("digest")?,
        scopes: json(row, "scopes")?,
        created_at_ms: ms(row, "created_at_ms")?,
        rotated_at_ms: optional_ms(row, "rotated_at_ms")?,
        revoked_at_ms: optional_ms(row, "revoked_at_ms")?,
        last_used_at_ms: optional_ms(row, "last_used_at_ms")?,
    };
    Ok((
        device_id(row, "device_id")?,
        Role::from(role.as_str()),
        token,
    ))
}

const TABLE: &str = "device_token";
