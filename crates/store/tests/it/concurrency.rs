use std::thread;
use std::time::{Duration, Instant};

use crate::crash::{Child, Task};
use crate::support::{Fixture, asks, device, devices, waiting};
use openclaw_protocol::{Role, ScopeSet};
use openclaw_store::{DatabaseError, OpenError, OpenOptions, Store, StoreError};
use rusqlite::Connection;

#[tokio::test]
async fn operations_that_wait_share_one_transaction() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let blocker = Connection::open(fixture.path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60 {
        tasks.spawn(store.put_device(device(n)).into_future());
    }
    // Each task runs once before this one continues, and leaves its operation in the queue.
    tokio::task::yield_now().await;
    blocker.execute_batch("COMMIT").unwrap();
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let stats = store.stats();
    assert_eq!(stats.jobs, 60);
    assert!(
        stats.commits <= 2,
        "{stats:?}: one for the first, one for all that waited"
    );
    assert_eq!(store.snapshot().await.unwrap().devices.len(), 60);
}

#[test]
fn four_threads_write_at_once_and_every_answer_is_true() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    thread::scope(|scope| {
        for t in 0..4_u8 {
            scope.spawn(move || {
                for i in 0..50_u8 {
                    store.put_device(device(t * 50 + i)).wait().unwrap();
                    let refused = store.remove_pending(&"nobody".into()).wait();
                    assert_eq!(refused, Err(StoreError::UnknownRequest("nobody".into())));
                }
            });
        }
    });
    let stats = store.stats();
    assert_eq!(stats.jobs, 400);
    assert!(stats.commits < stats.jobs, "{stats:?}");
    let fixture = fixture.reopen();
    assert_eq!(devices(&fixture.store).len(), 200);
}

#[tokio::test]
async fn a_refused_operation_undoes_nothing_of_its_neighbours() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store
        .put_pending(asks(1, "r1", &[Role::Node], ScopeSet::empty()), vec![])
        .await
        .unwrap();
    let blocker = Connection::open(fixture.path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 2..30 {
        let store = store.clone();
        tasks.spawn(async move {
            if n % 2 == 0 {
                store.put_device(device(n)).await.unwrap();
            } else {
                // Replaces nothing: the id stands for another device.
                let reused = asks(n, "r1", &[Role::Node], ScopeSet::empty());
                let error = store.put_pending(reused, vec![]).await.unwrap_err();
                assert_eq!(error, StoreError::RequestIdReused("r1".into()));
            }
        });
    }
    tokio::task::yield_now().await;
    blocker.execute_batch("COMMIT").unwrap();
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let fixture = thread::spawn(|| fixture.reopen()).join().unwrap();
    let snapshot = fixture.store.snapshot().await.unwrap();
    assert_eq!(snapshot.devices.len(), 14);
    assert_eq!(snapshot.pending.len(), 1);
}

#[test]
fn a_lock_held_too_long_is_an_error_that_says_so_and_writes_nothing() {
    let fixture = Fixture::new();
    let options = OpenOptions::existing().with_busy_timeout(Duration::from_millis(20));
    let store = Store::open(fixture.path(), &options).unwrap();
    let blocker = Connection::open(fixture.path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.put_device(device(1)).wait().unwrap_err();
    assert_eq!(
        error,
        StoreError::Database(DatabaseError::Busy {
            path: fixture.path()
        })
    );
    assert!(devices(&store).is_empty(), "reading goes on meanwhile");
    // Touches that could not be written are not lost.
    fixture.store.touch(&device(1).device_id, 1, "connect");
    blocker.execute_batch("COMMIT").unwrap();
    store.put_device(device(1)).wait().unwrap();
    assert_eq!(devices(&store).len(), 1);
}

#[tokio::test]
async fn reading_does_not_suffer_from_writes_that_cannot_begin() {
    let fixture = Fixture::new();
    let options = OpenOptions::existing().with_busy_timeout(Duration::from_millis(20));
    let store = Store::open(fixture.path(), &options).unwrap();
    let blocker = Connection::open(fixture.path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut writes = tokio::task::JoinSet::new();
    let mut reads = tokio::task::JoinSet::new();
    // The first write waits for the lock; the others form one batch behind it.
    for n in 0..4 {
        writes.spawn(store.put_device(device(n)).into_future());
        reads.spawn(store.snapshot().into_future());
    }
    while let Some(done) = writes.join_next().await {
        let busy = DatabaseError::Busy {
            path: fixture.path(),
        };
        assert_eq!(done.unwrap(), Err(StoreError::Database(busy)));
    }
    while let Some(done) = reads.join_next().await {
        assert!(done.unwrap().unwrap().devices.is_empty());
    }
    blocker.execute_batch("COMMIT").unwrap();
}

#[test]
fn touches_that_could_not_be_written_are_written_later() {
    let fixture = Fixture::new();
    let options = OpenOptions::existing().with_busy_timeout(Duration::from_millis(20));
    let store = Store::open(fixture.path(), &options).unwrap();
    store.put_device(device(1)).wait().unwrap();
    store.touch(&device(1).device_id, 50, "connect");
    let blocker = Connection::open(fixture.path()).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.flush_touches().wait().unwrap_err();
    blocker.execute_batch("COMMIT").unwrap();
    store.flush_touches().wait().unwrap();
    assert_eq!(devices(&fixture.store)[0].last_seen_at_ms, Some(50));
}

#[test]
fn two_processes_write_the_same_file() {
    let fixture = Fixture::new();
    let mut child = Child::spawn(fixture.dir.path(), Task::Settings { count: 50 });
    for n in 0..50 {
        fixture.store.put_device(device(n)).wait().unwrap();
    }
    assert_eq!(child.lines().len(), 50);
    let snapshot = fixture.store.snapshot().wait().unwrap();
    assert_eq!((snapshot.devices.len(), snapshot.settings.len()), (50, 50));
}

#[test]
fn processes_that_create_the_file_at_once_all_find_it_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut children: Vec<_> = (0..4)
        .map(|_| Child::spawn(dir.path(), Task::Settings { count: 1 }))
        .collect();
    for child in &mut children {
        assert_eq!(child.lines(), ["ack 0"]);
    }
    let store = Store::open(dir.path().join("state.db"), &OpenOptions::existing()).unwrap();
    assert_eq!(store.snapshot().wait().unwrap().settings.len(), 1);
    assert!(waiting(&store).is_empty());
}

#[test]
fn opening_waits_for_another_process_that_makes_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let busy_timeout = Duration::from_millis(30);
    let options = OpenOptions::create().with_busy_timeout(busy_timeout);
    let blocker = Connection::open(&path).unwrap();
    for sql in ["BEGIN EXCLUSIVE", "BEGIN; SELECT * FROM sqlite_schema"] {
        blocker.execute_batch(sql).unwrap();
        let begun = Instant::now();
        let error = Store::open(&path, &options).unwrap_err();
        assert!(
            matches!(error, OpenError::Database(DatabaseError::Busy { .. })),
            "{error:?}"
        );
        assert!(begun.elapsed() >= busy_timeout, "gave up at once");
        blocker.execute_batch("COMMIT").unwrap();
    }
    Store::open(&path, &options).unwrap();
}
