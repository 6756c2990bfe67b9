use crate::support::{Fixture, asks, asks_surface, surface, waiting};
use openclaw_protocol::ScopeSet;
use openclaw_store::{
    Approval, Approved, LegacyNodeRecord, PendingAsk, PendingRecord, Store, StoreError, TokenDigest,
};

fn asks_as(node_id: &str, request_id: &str) -> PendingRecord {
    PendingRecord {
        ask: PendingAsk::LegacyNode {
            node_id: node_id.into(),
        },
        declared: surface(&["system.run"]),
        ..asks(1, request_id, &[], ScopeSet::empty())
    }
}

fn approve(store: &Store, request_id: &str, token: &str, at_ms: u64) -> LegacyNodeRecord {
    let approval = Approval::LegacyNode(TokenDigest::of(token));
    match store
        .approve_pending(&request_id.into(), approval, at_ms)
        .wait()
        .unwrap()
    {
        Approved::LegacyNode { node, .. } => *node,
        Approved::Device { .. } => panic!("a device came out"),
    }
}

#[test]
fn pairing_again_changes_the_token_and_keeps_the_first_day() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store
        .put_pending(asks_as("porch cam", "r1"), vec![])
        .wait()
        .unwrap();
    let node = approve(store, "r1", "one", 10);
    assert!(node.token.matches("one"));
    store
        .put_pending(asks_as("porch cam", "r2"), vec![])
        .wait()
        .unwrap();
    let node = approve(store, "r2", "two", 20);
    assert!(node.token.matches("two") && !node.token.matches("one"));
    assert_eq!((node.created_at_ms, node.approved_at_ms), (10, 20));
    assert_eq!(node.declared.commands, ["system.run"]);

    let fixture = fixture.reopen();
    assert_eq!(
        fixture.store.snapshot().wait().unwrap().legacy_nodes,
        [node]
    );
    assert!(waiting(&fixture.store).is_empty());
}

#[test]
fn rename_and_removal_know_only_legacy_nodes() {
    let store = Store::in_memory().unwrap();
    store
        .put_pending(asks_as("cam", "r1"), vec![])
        .wait()
        .unwrap();
    let unknown = StoreError::UnknownNode("cam".into());
    let error = store
        .rename_legacy_node(&"cam".into(), "x".into())
        .wait()
        .unwrap_err();
    assert_eq!(error, unknown, "a waiting node is no paired node");
    let node = approve(&store, "r1", "t", 1);
    let renamed = store
        .rename_legacy_node(&"cam".into(), "porch".into())
        .wait()
        .unwrap();
    assert_eq!(renamed.facts.display_name.as_deref(), Some("porch"));
    assert_eq!(renamed.token, node.token);
    assert_eq!(
        store.remove_legacy_node(&"cam".into()).wait().unwrap(),
        renamed
    );
    assert_eq!(
        store.remove_legacy_node(&"cam".into()).wait().unwrap_err(),
        unknown
    );
    store.put_legacy_node(renamed.clone()).wait().unwrap();
    assert_eq!(store.snapshot().wait().unwrap().legacy_nodes, [renamed]);
}

#[test]
fn a_legacy_node_named_like_a_device_is_not_that_device() {
    let store = Store::in_memory().unwrap();
    let device = crate::support::device(1);
    store.put_device(device.clone()).wait().unwrap();
    store
        .put_pending(asks_as(device.device_id.as_str(), "r1"), vec![])
        .wait()
        .unwrap();
    store
        .put_pending(asks_surface(1, "s1", surface(&["x"])), vec![])
        .wait()
        .unwrap();
    let (_, requests) = store.remove_device(&device.device_id).wait().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(waiting(&store), ["r1"]);
    approve(&store, "r1", "t", 1);
    assert!(store.snapshot().wait().unwrap().devices.is_empty());
}
