use crate::support::{Fixture, device, devices, grant, id};
use openclaw_protocol::{Role, ScopeSet};
use openclaw_store::{OpenOptions, Store};

#[test]
fn touches_show_at_once_and_cost_no_commit_until_flushed() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_device(device(1)).wait().unwrap();
    store
        .set_token(&id(1), grant(Role::Operator, "t", ScopeSet::empty()), 5)
        .wait()
        .unwrap();
    let commits = store.stats().commits;
    for at_ms in 10..1000 {
        store.touch(&id(1), at_ms, "connect");
        store.touch_token(&id(1), &Role::Operator, at_ms);
    }
    let seen = &devices(store)[0];
    assert_eq!(seen.last_seen_at_ms, Some(999));
    assert_eq!(seen.last_seen_reason.as_deref(), Some("connect"));
    assert_eq!(
        seen.tokens.get(&Role::Operator).unwrap().last_used_at_ms,
        Some(999)
    );
    assert_eq!(store.stats().commits, commits);

    // Another reader of the file sees nothing before the flush, and all after it.
    let other = Store::open(fixture.path(), &OpenOptions::existing()).unwrap();
    assert_eq!(devices(&other)[0].last_seen_at_ms, None);
    store.flush_touches().wait().unwrap();
    assert_eq!(devices(&other), devices(store));
    assert_eq!(
        devices(&other)[0]
            .tokens
            .get(&Role::Operator)
            .unwrap()
            .last_used_at_ms,
        Some(999)
    );
}

#[test]
fn closing_writes_what_was_gathered() {
    let fixture = Fixture::new();
    fixture.store.put_device(device(1)).wait().unwrap();
    fixture.store.touch(&id(1), 77, "rpc");
    let fixture = fixture.reopen();
    assert_eq!(devices(&fixture.store)[0].last_seen_at_ms, Some(77));
    fixture.store.touch(&id(1), 88, "rpc");
    let Fixture { dir, store } = fixture;
    drop(store);
    let store = Store::open(dir.path().join("state.db"), &OpenOptions::existing()).unwrap();
    assert_eq!(devices(&store)[0].last_seen_at_ms, Some(88));
}

#[test]
fn an_older_touch_takes_nothing_back() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    store.touch(&id(1), 50, "new");
    store.flush_touches().wait().unwrap();
    store.touch(&id(1), 40, "old");
    assert_eq!(devices(&store)[0].last_seen_at_ms, Some(50));
    store.flush_touches().wait().unwrap();
    let seen = &devices(&store)[0];
    assert_eq!(
        (seen.last_seen_at_ms, seen.last_seen_reason.as_deref()),
        (Some(50), Some("new"))
    );
}

#[test]
fn the_use_of_an_old_token_is_no_use_of_the_new_one() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    store
        .set_token(&id(1), grant(Role::Node, "old", ScopeSet::empty()), 5)
        .wait()
        .unwrap();
    store.touch_token(&id(1), &Role::Node, 10);
    let now = store.set_token(&id(1), grant(Role::Node, "new", ScopeSet::empty()), 20);
    assert_eq!(
        now.wait()
            .unwrap()
            .tokens
            .get(&Role::Node)
            .unwrap()
            .last_used_at_ms,
        None
    );
    assert_eq!(
        devices(&store)[0]
            .tokens
            .get(&Role::Node)
            .unwrap()
            .last_used_at_ms,
        None
    );
    store.flush_touches().wait().unwrap();
    assert_eq!(
        devices(&store)[0]
            .tokens
            .get(&Role::Node)
            .unwrap()
            .last_used_at_ms,
        None
    );
}

#[test]
fn touching_a_stranger_makes_no_device() {
    let store = Store::in_memory().unwrap();
    store.touch(&id(9), 1, "connect");
    store.touch_token(&id(9), &Role::Node, 1);
    store.flush_touches().wait().unwrap();
    assert!(devices(&store).is_empty());
}
