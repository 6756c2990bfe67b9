use crate::support::{Fixture, device, id, raw};
use openclaw_protocol::id::InvokeId;
use openclaw_protocol::methods::node::pending::pull::PendingAction;
use openclaw_protocol::methods::node::pending::work::{
    PendingPriority, PendingWork, PendingWorkKind,
};
use openclaw_store::{
    CALL_SLOTS, CallMark, CallOutcomeRecord, MAX_CALL_OUTCOMES, MAX_NODE_ACTIONS, NodeActionRecord,
    Store, StoreError,
};

fn mark(n: u8) -> CallMark {
    CallMark {
        fingerprint: [n; 16],
        invoke_id: [n; 16],
        node: [n; 8],
        params: [n; 8],
        at_ms: u64::from(n),
    }
}

fn work(kind: PendingWorkKind, work_id: &str, at_ms: u64) -> PendingWork {
    PendingWork::new(work_id.to_owned(), kind, PendingPriority::Normal, at_ms)
}

fn action(n: usize) -> NodeActionRecord {
    NodeActionRecord {
        action: PendingAction {
            params_json: Some(r#"{"facing":"front"}"#.to_owned()),
            ..PendingAction::new(
                InvokeId::from(format!("i{n}")),
                "camera.snap".to_owned(),
                n as u64,
            )
        },
        key: format!("k{n}"),
        expires_at_ms: 1000,
    }
}

#[test]
fn marks_outlive_a_restart_and_a_cleared_one_does_not() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert_eq!(store.call_marks().unwrap(), []);
    store.mark_call(0, mark(1)).unwrap();
    store.mark_call(2, mark(2)).unwrap();
    store.mark_call(CALL_SLOTS - 1, mark(3)).unwrap();
    store.mark_call(2, mark(4)).unwrap();
    store.mark_call(1, mark(5)).unwrap();
    store.clear_call_mark(1).unwrap();
    let fixture = fixture.reopen();
    assert_eq!(
        fixture.store.call_marks().unwrap(),
        [(0, mark(1)), (2, mark(4)), (CALL_SLOTS - 1, mark(3))]
    );
}

#[cfg(unix)]
#[test]
fn the_file_of_marks_is_private_and_its_damage_costs_one_mark() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new();
    fixture.store.mark_call(0, mark(1)).unwrap();
    fixture.store.mark_call(1, mark(2)).unwrap();
    let path = fixture.dir.path().join("state.db-calls");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[7] ^= 0xff;
    bytes.extend([1, 2, 3]);
    std::fs::write(&path, bytes).unwrap();
    let fixture = fixture.reopen();
    assert_eq!(fixture.store.call_marks().unwrap(), [(1, mark(2))]);
}

#[test]
fn a_file_of_marks_that_cannot_be_is_reported_with_its_path() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.dir.path().join("state.db-calls")).unwrap();
    let error = fixture.store.mark_call(0, mark(1)).unwrap_err();
    assert!(
        matches!(&error, StoreError::CallMarks { path, .. } if path.ends_with("state.db-calls")),
        "{error}"
    );
}

#[test]
fn a_store_in_memory_keeps_no_marks() {
    let store = Store::in_memory().unwrap();
    store.mark_call(0, mark(1)).unwrap();
    assert_eq!(store.call_marks().unwrap(), []);
}

fn outcome(n: usize) -> CallOutcomeRecord {
    let mut fingerprint = [0; 16];
    fingerprint[..8].copy_from_slice(&(n as u64).to_be_bytes());
    CallOutcomeRecord {
        fingerprint,
        at_ms: n as u64,
        outcome: raw(&format!(r#"{{"n": {n}}}"#)),
    }
}

#[test]
fn outcomes_are_bounded_and_the_newest_stay() {
    let fixture = Fixture::new();
    let many = (1..=MAX_CALL_OUTCOMES + 5).map(outcome).collect();
    fixture.store.put_call_outcomes(many).wait().unwrap();
    let mut again = outcome(10);
    again.outcome = raw("[]");
    fixture.store.put_call_outcomes(vec![again]).wait().unwrap();
    let fixture = fixture.reopen();
    let kept = fixture.store.call_outcomes().wait().unwrap();
    assert_eq!(kept.len(), MAX_CALL_OUTCOMES);
    assert_eq!(kept[0].at_ms, 6);
    assert_eq!(kept[4].outcome.get(), "[]");
    assert!(!format!("{:?}", kept[0]).contains("\"n\""));
    let gone = fixture.store.forget_call_outcomes(7).wait().unwrap();
    assert_eq!(gone, 1);
}

#[test]
fn one_piece_of_work_of_a_kind_waits_until_it_is_taken_or_lapses() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_device(device(1)).wait().unwrap();
    let put = |work, expires, now| {
        store
            .queue_node_work(&id(1), work, expires, now)
            .wait()
            .unwrap()
    };
    let first = put(work(PendingWorkKind::Status, "a", 1), 100, 1);
    assert_eq!((first.revision, first.work.id.as_str()), (1, "a"));
    let again = put(work(PendingWorkKind::Status, "b", 2), 900, 2);
    assert_eq!((again.revision, again.work.id.as_str()), (1, "a"));
    let high = PendingWork {
        priority: PendingPriority::High,
        ..work(PendingWorkKind::Location, "c", 3)
    };
    assert_eq!(put(high, 900, 3).revision, 2);
    let fixture = fixture.reopen();
    let store = &fixture.store;
    let taken = store.drain_node_work(&id(1), 1, 50).wait().unwrap();
    assert_eq!((taken.items[0].id.as_str(), taken.left), ("c", 1));
    assert_eq!(taken.revision, 3);
    // What lapsed is gone, and that is a change as well.
    let taken = store.drain_node_work(&id(1), 1, 100).wait().unwrap();
    assert_eq!((taken.items.len(), taken.left, taken.revision), (0, 0, 4));
}

#[test]
fn work_is_for_devices_that_are_paired_and_goes_with_them() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let queued = store.queue_node_work(&id(1), work(PendingWorkKind::Status, "a", 1), 9, 1);
    assert_eq!(queued.wait().unwrap_err(), StoreError::UnknownDevice(id(1)));
    store.put_device(device(1)).wait().unwrap();
    let queued = store.queue_node_work(&id(1), work(PendingWorkKind::Status, "a", 1), 9, 1);
    queued.wait().unwrap();
    store
        .queue_node_action(&id(1), action(1), 1)
        .wait()
        .unwrap();
    store.remove_device(&id(1)).wait().unwrap();
    store.put_device(device(1)).wait().unwrap();
    let taken = store.drain_node_work(&id(1), 4, 2).wait().unwrap();
    assert_eq!((taken.items.len(), taken.revision), (0, 0));
    assert!(store.node_actions(&id(1), 2).wait().unwrap().is_empty());
}

#[test]
fn calls_wait_for_the_foreground_once_for_a_key_and_within_bounds() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_device(device(1)).wait().unwrap();
    store.put_device(device(2)).wait().unwrap();
    for n in 0..=MAX_NODE_ACTIONS {
        store
            .queue_node_action(&id(1), action(n), 1)
            .wait()
            .unwrap();
    }
    let mut again = action(7);
    again.action.id = InvokeId::from("other");
    let standing = store.queue_node_action(&id(1), again, 1).wait().unwrap();
    assert_eq!(standing, action(7).action);
    let waiting = store.node_actions(&id(1), 2).wait().unwrap();
    assert_eq!(waiting.len(), MAX_NODE_ACTIONS);
    assert_eq!(waiting[0], action(1).action);
    assert!(store.node_actions(&id(2), 2).wait().unwrap().is_empty());
    // Nobody takes what waits for another node.
    let ids = vec![InvokeId::from("i1"), InvokeId::from("nope")];
    let left = store.remove_node_actions(&id(2), ids.clone(), 2);
    assert_eq!(left.wait().unwrap(), 0);
    let left = store.remove_node_actions(&id(1), ids, 2).wait().unwrap();
    assert_eq!(left, MAX_NODE_ACTIONS - 1);
    assert!(store.node_actions(&id(1), 1000).wait().unwrap().is_empty());
}
