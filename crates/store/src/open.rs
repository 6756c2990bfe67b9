//! From a path to a connection that is ready for work.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{DatabaseError, OpenError};
use crate::options::OpenOptions;
use crate::{files, schema};

/// Opens the file at an absolute path.
pub(crate) fn file(path: &Path, options: &OpenOptions) -> Result<Connection, OpenError> {
    // Creating a file ends with closing it, which must not happen while another thread of this
    // process has just opened it as a database: see `files`.
    static OPENING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);

    files::prepare(path, options.create)?;
    let failed = |error: rusqlite::Error| DatabaseError::new(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(failed)?;
    conn.busy_timeout(options.busy_timeout).map_err(failed)?;
    let version = schema::examine(&conn, path)?;
    use_write_ahead_log(&conn, path, options.busy_timeout)?;
    tune(&conn).map_err(failed)?;
    schema::bring_up_to_date(&mut conn, path, version)?;
    Ok(conn)
}

/// Opens a database in memory; `label` stands for the path in errors.
pub(crate) fn memory(label: &Path) -> Result<Connection, OpenError> {
    let failed = |error: rusqlite::Error| DatabaseError::new(label, &error);
    let mut conn = Connection::open_in_memory().map_err(failed)?;
    tune(&conn).map_err(failed)?;
    schema::bring_up_to_date(&mut conn, label, 0)?;
    Ok(conn)
}

/// A file remembers that it has a write-ahead log, so only the first opening sets it.
fn use_write_ahead_log(
    conn: &Connection,
    path: &Path,
    busy_timeout: Duration,
) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| DatabaseError::new(path, &error);
    let mode: String = conn
        .query_row("PRAGMA journal_mode", (), |row| row.get(0))
        .map_err(failed)?;
    if mode == "wal" {
        return Ok(());
    }
    let begun = Instant::now();
    loop {
        // SQLite does not always wait by itself when two processes change the mode at once.
        match conn.query_row("PRAGMA journal_mode = WAL", (), |row| {
            row.get::<_, String>(0)
        }) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(OpenError::NoWriteAheadLog {
                    path: path.to_path_buf(),
                    mode,
                });
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < busy_timeout =>
            {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(error) => return Err(failed(error).into()),
        }
    }
}

fn tune(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA cache_size = -512;
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 256;
         PRAGMA journal_size_limit = 1048576;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;",
    )
}

/// Prepared statements kept; each costs a few KiB.
const STATEMENTS: usize = 12;

#[cfg(test)]
mod tests {
    use super::file;
    use crate::OpenOptions;

    #[test]
    fn the_connection_syncs_every_commit_and_stays_small() {
        let dir = tempfile::tempdir().unwrap();
        let conn = file(&dir.path().join("state.db"), &OpenOptions::create()).unwrap();
        for (pragma, want) in [
            ("synchronous", 2),
            ("fullfsync", 1),
            ("cache_size", -512),
            ("mmap_size", 0),
            ("foreign_keys", 1),
            ("wal_autocheckpoint", 256),
        ] {
            let got: i64 = conn
                .query_row(&format!("PRAGMA {pragma}"), (), |row| row.get(0))
                .unwrap();
            assert_eq!(got, want, "{pragma}");
        }
        let mode: String = conn
            .query_row("PRAGMA journal_mode", (), |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }
}
