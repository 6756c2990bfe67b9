//! The schema: its versions, and the way from one to the next.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{DatabaseError, OpenError};

/// Each entry leads from the version of its index to the next one. Entries are never changed,
/// only added.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001-pairing.sql"),
    include_str!("../migrations/0002-settings.sql"),
    include_str!("../migrations/0003-idempotency.sql"),
    include_str!("../migrations/0004-setup-codes.sql"),
    include_str!("../migrations/0005-conversations.sql"),
    include_str!("../migrations/0006-channels.sql"),
    include_str!("../migrations/0007-schedule.sql"),
    include_str!("../migrations/0008-nodes.sql"),
];

/// Marks a SQLite file as ours: `OCGW`.
const APPLICATION_ID: i32 = 0x4f43_4757;

/// Reads the schema version of a file, without changing anything; 0 for an empty file.
pub(crate) fn examine(conn: &Connection, path: &Path) -> Result<u32, OpenError> {
    let failed = |error: rusqlite::Error| DatabaseError::new(path, &error);
    let (application_id, user_version, objects) = read_marks(conn).map_err(failed)?;
    let is_ours = application_id == APPLICATION_ID && user_version > 0;
    let is_empty = application_id == 0 && user_version == 0 && objects == 0;
    if !is_ours && !is_empty {
        let path = path.to_path_buf();
        return Err(OpenError::NotOurs {
            path,
            application_id,
            user_version,
        });
    }
    let known = newest(MIGRATIONS);
    // A negative version is not ours, and so has been refused.
    let found = u32::try_from(user_version).unwrap_or(0);
    if found > known {
        let path = path.to_path_buf();
        return Err(OpenError::NewerSchema { path, found, known });
    }
    Ok(found)
}

/// Reads application id, schema version and number of tables, all as of one moment: another
/// process may be filling the file right now.
fn read_marks(conn: &Connection) -> rusqlite::Result<(i32, i32, i32)> {
    let tx = conn.unchecked_transaction()?;
    let number = |sql| tx.query_row(sql, (), |row| row.get::<_, i32>(0));
    Ok((
        number("PRAGMA application_id")?,
        number("PRAGMA user_version")?,
        number("SELECT count(*) FROM sqlite_schema")?,
    ))
}

/// Brings the schema from `version` to the newest one. Does nothing when it is there already.
pub(crate) fn bring_up_to_date(
    conn: &mut Connection,
    path: &Path,
    version: u32,
) -> Result<(), OpenError> {
    migrate(conn, path, version, MIGRATIONS)
}

fn migrate(
    conn: &mut Connection,
    path: &Path,
    version: u32,
    migrations: &[&str],
) -> Result<(), OpenError> {
    let to = newest(migrations);
    if version == to {
        return Ok(());
    }
    let failed = |error: rusqlite::Error| OpenError::Migration {
        from: version,
        to,
        source: DatabaseError::new(path, &error),
    };
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    // Another process may have been faster while this one waited for the lock.
    let version: u32 = tx
        .query_row("PRAGMA user_version", (), |row| row.get(0))
        .map_err(failed)?;
    if version > to {
        return Err(OpenError::NewerSchema {
            path: path.to_path_buf(),
            found: version,
            known: to,
        });
    }
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for migration in migrations.iter().skip(done) {
        tx.execute_batch(migration).map_err(failed)?;
    }
    tx.pragma_update(None, "user_version", to).map_err(failed)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)
        .map_err(failed)?;
    tx.commit().map_err(failed)?;
    if version > 0 && version < to {
        tracing::info!(path = %path.display(), from = version, to, "state database brought up to date");
    }
    Ok(())
}

fn newest(migrations: &[&str]) -> u32 {
    u32::try_from(migrations.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{examine, migrate, newest};
    use crate::OpenError;
    use rusqlite::Connection;
    use std::path::Path;

    const PATH: &str = "test.db";

    fn version(conn: &Connection) -> u32 {
        conn.query_row("PRAGMA user_version", (), |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn each_step_runs_once_and_in_order() {
        let mut conn = Connection::open_in_memory().unwrap();
        let steps = [
            "CREATE TABLE a (x)",
            "ALTER TABLE a ADD COLUMN y",
            "INSERT INTO a VALUES (1, 2)",
        ];
        migrate(&mut conn, Path::new(PATH), 0, &steps[..2]).unwrap();
        assert_eq!(version(&conn), 2);
        migrate(&mut conn, Path::new(PATH), 2, &steps).unwrap();
        assert_eq!(version(&conn), 3);
        let rows: i64 = conn
            .query_row("SELECT count(*) FROM a", (), |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_step_that_fails_leaves_everything_as_it_was() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, Path::new(PATH), 0, &["CREATE TABLE a (x)"]).unwrap();
        let steps = ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "nonsense"];
        let error = migrate(&mut conn, Path::new(PATH), 1, &steps).unwrap_err();
        assert!(
            matches!(error, OpenError::Migration { from: 1, to: 3, .. }),
            "{error}"
        );
        assert_eq!(version(&conn), 1);
        let tables: i64 = conn
            .query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1, "table b must not stay behind");
    }

    #[test]
    fn a_stale_version_is_read_again_under_the_lock() {
        let mut conn = Connection::open_in_memory().unwrap();
        let steps = ["CREATE TABLE a (x)"];
        migrate(&mut conn, Path::new(PATH), 0, &steps).unwrap();
        // As if this process had seen the empty file before another one filled it.
        migrate(&mut conn, Path::new(PATH), 0, &steps).unwrap();
        assert_eq!(version(&conn), newest(&steps));
    }

    #[test]
    fn only_empty_files_and_ours_are_taken() {
        let conn = Connection::open_in_memory().unwrap();
        assert_eq!(examine(&conn, Path::new(PATH)).unwrap(), 0);
        for sql in [
            "CREATE TABLE theirs (x)",
            "PRAGMA user_version = 1",
            "PRAGMA user_version = -1",
            "PRAGMA application_id = 7",
        ] {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(sql).unwrap();
            let error = examine(&conn, Path::new(PATH)).unwrap_err();
            assert!(matches!(error, OpenError::NotOurs { .. }), "{sql}: {error}");
        }
    }
}
