use std::fs;
use std::path::Path;

use crate::support::{Fixture, device};
use openclaw_store::{DatabaseError, OpenError, OpenOptions, Store, StoreError};
use rusqlite::Connection;

fn refuse(path: &Path) -> OpenError {
    let before = fs::read(path).unwrap();
    let error = Store::open(path, &OpenOptions::create()).unwrap_err();
    assert_eq!(fs::read(path).unwrap(), before, "the file was altered");
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
    error
}

#[test]
fn a_file_that_is_no_database_is_reported_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    for content in [&b"{\"devices\": {}}"[..], &[0x5a; 8192]] {
        fs::write(&path, content).unwrap();
        let error = refuse(&path);
        let is_corrupt = matches!(error, OpenError::Database(DatabaseError::Corrupt { .. }));
        assert!(is_corrupt, "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains("restore a backup") && text.contains("nothing was deleted"),
            "{text}"
        );
    }
}

#[test]
fn a_damaged_page_is_reported_when_it_is_read_and_the_file_is_kept() {
    let fixture = Fixture::new();
    for n in 0..200 {
        fixture.store.put_device(device(n)).wait().unwrap();
    }
    let path = fixture.path();
    fixture.store.close().wait().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The first pages hold the schema, which is read at the start.
    let last = bytes.len() / 4 * 3;
    bytes[last..].fill(0xa5);
    fs::write(&path, &bytes).unwrap();

    let store = Store::open(&path, &OpenOptions::existing()).unwrap();
    let error = store.snapshot().wait().unwrap_err();
    assert!(
        matches!(error, StoreError::Database(DatabaseError::Corrupt { .. })),
        "{error:?}"
    );
    assert!(
        !store
            .check_integrity()
            .wait()
            .unwrap_or_else(|e| vec![e.to_string()])
            .is_empty()
    );
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    for sql in [
        "CREATE TABLE theirs (x)",
        "PRAGMA application_id = 252006675; CREATE TABLE t (x)",
    ] {
        let _ = fs::remove_file(&path);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let error = refuse(&path);
        assert!(matches!(error, OpenError::NotOurs { .. }), "{error:?}");
    }
}

#[test]
fn a_newer_schema_is_refused_with_both_versions() {
    let fixture = Fixture::new();
    let path = fixture.path();
    fixture.store.close().wait().unwrap();
    let conn = Connection::open(&path).unwrap();
    let known: u32 = conn
        .query_row("PRAGMA user_version", (), |row| row.get(0))
        .unwrap();
    conn.pragma_update(None, "user_version", known + 1).unwrap();
    conn.close().unwrap();
    let error = refuse(&path);
    let want = (known + 1, known);
    assert!(
        matches!(error, OpenError::NewerSchema { found, known, .. } if (found, known) == want),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains(&want.0.to_string()) && text.contains(&want.1.to_string()),
        "{text}"
    );
}

#[test]
fn a_row_altered_by_hand_is_named() {
    let fixture = Fixture::new();
    fixture.store.put_device(device(1)).wait().unwrap();
    let id = device(1).device_id;
    let conn = Connection::open(fixture.path()).unwrap();
    for (column, value) in [
        ("roles", "'[1]'"),
        ("facts", "'{'"),
        ("created_at_ms", "-1"),
    ] {
        let good: rusqlite::types::Value = conn
            .query_row(&format!("SELECT {column} FROM device"), (), |row| {
                row.get(0)
            })
            .unwrap();
        conn.execute(&format!("UPDATE device SET {column} = {value}"), ())
            .unwrap();
        let error = fixture.store.snapshot().wait().unwrap_err();
        let StoreError::BadRow { table, key, reason } = &error else {
            panic!("{error:?}")
        };
        assert_eq!((*table, key.as_str()), ("device", id.as_str()));
        assert!(reason.contains(column), "{reason}");
        conn.execute(&format!("UPDATE device SET {column} = ?1"), [good])
            .unwrap();
    }
    conn.execute("UPDATE device SET device_id = 'someone'", ())
        .unwrap();
    let error = fixture.store.snapshot().wait().unwrap_err();
    assert!(
        matches!(&error, StoreError::BadRow { key, .. } if key == "someone"),
        "{error:?}"
    );
}

#[test]
fn a_token_without_its_device_shows_in_the_integrity_check() {
    let fixture = Fixture::new();
    assert_eq!(
        fixture.store.check_integrity().wait().unwrap(),
        Vec::<String>::new()
    );
    let conn = Connection::open(fixture.path()).unwrap();
    conn.execute_batch(
        "PRAGMA foreign_keys = OFF;
         INSERT INTO device_token (device_id, role, digest, scopes, created_at_ms)
         VALUES ('x', 'node', zeroblob(32), '[]', 1);",
    )
    .unwrap();
    let problems = fixture.store.check_integrity().wait().unwrap();
    assert_eq!(problems, ["row of `device_token` without its owner"]);
}
