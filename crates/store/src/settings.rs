//! Small facts that outlive a restart: table, operations.

use std::collections::BTreeMap;

use openclaw_protocol::Raw;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::columns::{json, rows, run};
use crate::error::{Failure, StoreError};
use crate::op::Op;
use crate::store::Store;

/// Operations on settings: JSON values under names, for facts too small for a table.
///
/// No place for secrets: values are kept as they are.
impl Store {
    /// The value under `key`.
    ///
    /// Errors: [`StoreError::Setting`] when it does not have the form of `T`.
    pub fn setting<T: DeserializeOwned + Send + 'static>(&self, key: &str) -> Op<Option<T>> {
        let key = key.to_owned();
        self.read(move |cx| {
            let sql = "SELECT key, value FROM setting WHERE key = ?1";
            let found = rows(cx.conn, TABLE, sql, [&key], |row| {
                json::<Box<Raw>>(row, "value")
            })?;
            let value = found.into_iter().next();
            Ok(value.map(|value| parse(&key, &value)).transpose()?)
        })
    }

    /// Puts a value under `key`, in place of the one there.
    ///
    /// Errors: [`StoreError::Setting`] when it cannot be written as JSON.
    pub fn put_setting<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Op<()> {
        let key = key.to_owned();
        let text = serde_json::to_string(value);
        self.write(move |cx| {
            let text = text.map_err(|error| unfit(&key, &error))?;
            let sql = "INSERT OR REPLACE INTO setting (key, value) VALUES (?1, ?2)";
            run(cx.conn, sql, [&key, &text])?;
            Ok(())
        })
    }

    /// Removes the value under `key`; says whether there was one.
    pub fn remove_setting(&self, key: &str) -> Op<bool> {
        let key = key.to_owned();
        self.write(move |cx| Ok(run(cx.conn, "DELETE FROM setting WHERE key = ?1", [&key])? > 0))
    }
}

/// Reads all settings.
pub(crate) fn load_all(conn: &Connection) -> Result<BTreeMap<String, Box<Raw>>, Failure> {
    let all = rows(conn, TABLE, "SELECT key, value FROM setting", (), |row| {
        Ok((row.get("key")?, json(row, "value")?))
    })?;
    Ok(all.into_iter().collect())
}

/// Reads a value in the form asked for.
pub(crate) fn parse<T: DeserializeOwned>(key: &str, value: &Raw) -> Result<T, StoreError> {
    serde_json::from_str(value.get()).map_err(|error| unfit(key, &error))
}

fn unfit(key: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Setting {
        key: key.to_owned(),
        reason: error.to_string(),
    }
}

const TABLE: &str = "setting";
