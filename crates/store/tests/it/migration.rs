use std::path::Path;
use std::time::Duration;

use crate::support::{Fixture, id};
use openclaw_protocol::{Role, Scope, ScopeSet};
use openclaw_store::{IdempotencyRecord, OpenOptions, PendingKind, Store};
use rusqlite::Connection;

const VERSION_1: &str = include_str!("../vectors/state-v1.sql");

fn schema(path: &Path) -> (i64, i64, Vec<String>) {
    let conn = Connection::open(path).unwrap();
    let number = |pragma: &str| conn.query_row(pragma, (), |row| row.get(0)).unwrap();
    let mut statement = conn
        .prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name")
        .unwrap();
    let objects = statement.query_map((), |row| row.get(0)).unwrap();
    let objects = objects.collect::<Result<_, _>>().unwrap();
    (
        number("PRAGMA user_version"),
        number("PRAGMA application_id"),
        objects,
    )
}

#[test]
fn a_file_of_version_1_is_brought_up_to_date_with_all_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch(VERSION_1)
        .unwrap();

    let store = Store::open(&path, &OpenOptions::existing()).unwrap();
    let snapshot = store.snapshot().wait().unwrap();
    let device = &snapshot.devices[0];
    assert_eq!(device.device_id, id(7));
    assert_eq!(device.operator_label.as_deref(), Some("desk"));
    assert_eq!(device.facts.display_name.as_deref(), Some("old laptop"));
    assert_eq!(device.roles, [Role::Operator, Role::Node]);
    assert_eq!(device.scopes, ScopeSet::from([Scope::Read, Scope::Write]));
    assert_eq!((device.created_at_ms, device.last_seen_at_ms), (1, Some(5)));
    let surface = device.surface.as_ref().unwrap();
    assert_eq!(surface.surface.commands, ["system.which"]);
    assert_eq!((surface.created_at_ms, surface.approved_at_ms), (3, 4));
    let token = &device.tokens.get(&Role::Operator).unwrap();
    assert!(token.digest.matches("abc"));
    assert_eq!(
        (token.rotated_at_ms, token.last_used_at_ms),
        (Some(6), Some(7))
    );
    let request = &snapshot.pending[0];
    assert_eq!(
        (request.kind(), request.device_id()),
        (PendingKind::Device, Some(&id(8)))
    );
    assert_eq!(request.declared.commands, ["camera.snap"]);
    assert!(request.silent && !request.is_repair);
    assert!(snapshot.legacy_nodes[0].token.matches("abc"));

    // What version 1 did not have works as well, and the old request is known by its key.
    store.put_setting("s", &1).wait().unwrap();
    let answer = IdempotencyRecord {
        kind: "send".into(),
        key: "k".into(),
        created_at_ms: 1,
        result: openclaw_protocol::Raw::from_string("1".into()).unwrap(),
    };
    store
        .remember_result(answer, Duration::from_secs(1))
        .wait()
        .unwrap();
    let mut again = request.clone();
    again.request_id = "r2".into();
    assert_eq!(store.put_pending(again, vec![]).wait().unwrap().len(), 1);
}

#[test]
fn an_old_file_ends_with_the_schema_of_a_new_one() {
    let fixture = Fixture::new();
    let new = fixture.path();
    let old = fixture.dir.path().join("old.db");
    Connection::open(&old)
        .unwrap()
        .execute_batch(VERSION_1)
        .unwrap();
    Store::open(&old, &OpenOptions::existing())
        .unwrap()
        .close()
        .wait()
        .unwrap();
    assert_eq!(schema(&old), schema(&new));
}

#[test]
fn opening_an_up_to_date_file_writes_nothing() {
    let fixture = Fixture::new();
    let path = fixture.path();
    fixture.store.close().wait().unwrap();
    let before = std::fs::read(&path).unwrap();
    Store::open(&path, &OpenOptions::create())
        .unwrap()
        .close()
        .wait()
        .unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
