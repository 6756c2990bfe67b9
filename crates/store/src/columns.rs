//! Between our types and SQLite columns.

use openclaw_protocol::id::DeviceId;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::TokenDigest;
use crate::error::{Failure, StoreError};

/// A value kept as JSON text.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| Error::ToSqlConversionFailure(error.into()))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| FromSqlError::Other(error.into()))
    }
}

/// A time in milliseconds. Times past the year 292 million end there.
pub(crate) struct Millis(pub(crate) u64);

impl ToSql for Millis {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Millis {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(number))
    }
}

impl FromSql for TokenDigest {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 32]>::column_result(value).map(Self::from_bytes)
    }
}

impl ToSql for TokenDigest {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.as_bytes())))
    }
}

/// Reads a time that may be absent.
pub(crate) fn optional_ms(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<u64>> {
    Ok(row.get::<_, Option<Millis>>(column)?.map(|Millis(ms)| ms))
}

/// Reads a time.
pub(crate) fn ms(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get(column).map(|Millis(ms)| ms)
}

/// Reads a JSON value.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    row.get(column).map(|Json(value)| value)
}

/// Reads a JSON value that may be absent.
pub(crate) fn optional_json<T: DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    Ok(row
        .get::<_, Option<Json<T>>>(column)?
        .map(|Json(value)| value))
}

/// Reads a device id.
pub(crate) fn device_id(row: &Row<'_>, column: &str) -> rusqlite::Result<DeviceId> {
    let text: String = row.get(column)?;
    DeviceId::parse(&text).ok_or_else(|| unreadable(row, column, "not a device id".into()))
}

/// An error for a column whose value SQLite accepts and we do not.
pub(crate) fn unreadable(row: &Row<'_>, column: &str, reason: String) -> Error {
    let index = row.as_ref().column_index(column).unwrap_or(0);
    Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, reason.into())
}

/// Runs a cached statement and reads its rows; the first column is the key that errors name.
pub(crate) fn rows<T>(
    conn: &Connection,
    table: &'static str,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Failure> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(read(row).map_err(|error| in_row(table, row, error))?);
    }
    Ok(out)
}

/// Runs a cached statement that changes rows, and says how many.
pub(crate) fn run(conn: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
    conn.prepare_cached(sql)?.execute(params)
}

fn in_row(table: &'static str, row: &Row<'_>, error: Error) -> Failure {
    let reason = match error {
        Error::FromSqlConversionFailure(column, _, error) => {
            let name = row.as_ref().column_name(column).unwrap_or("?");
            format!("column `{name}`: {error}")
        }
        Error::InvalidColumnType(_, name, found) => {
            format!("column `{name}` is of type {found}")
        }
        Error::IntegralValueOutOfRange(column, number) => {
            let name = row.as_ref().column_name(column).unwrap_or("?");
            format!("column `{name}` is {number}")
        }
        other => return other.into(),
    };
    StoreError::BadRow {
        table,
        key: row.get(0).unwrap_or_default(),
        reason,
    }
    .into()
}
