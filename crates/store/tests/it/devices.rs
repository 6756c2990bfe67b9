use crate::support::{Fixture, asks, asks_surface, device, devices, grant, id, surface, waiting};
use openclaw_protocol::{Role, Scope, ScopeSet};
use openclaw_store::{ClientFacts, Store, StoreError};

#[test]
fn a_device_survives_reopening_whole() {
    let fixture = Fixture::new();
    let mut record = device(1);
    record.operator_label = Some("kitchen".into());
    record.roles = vec![Role::Node, Role::from("future-role")];
    record.last_seen_at_ms = Some(9);
    record.last_seen_reason = Some("connect".into());
    fixture.store.put_device(record).wait().unwrap();
    let token = grant(Role::Node, "secret", ScopeSet::empty());
    fixture.store.set_token(&id(1), token, 5).wait().unwrap();
    let record = fixture
        .store
        .put_surface(&id(1), surface(&["system.run"]), 7)
        .wait()
        .unwrap();

    let fixture = fixture.reopen();
    assert_eq!(devices(&fixture.store), [record]);
}

#[test]
fn every_change_answers_with_what_now_stands() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();

    let renamed = store
        .rename_device(&id(1), Some("desk".into()))
        .wait()
        .unwrap();
    assert_eq!(renamed.operator_label.as_deref(), Some("desk"));
    let facts = ClientFacts {
        version: Some("2".into()),
        ..ClientFacts::default()
    };
    let told = store.put_facts(&id(1), facts.clone()).wait().unwrap();
    assert_eq!(told.facts, facts);
    let first = store
        .put_surface(&id(1), surface(&["a"]), 10)
        .wait()
        .unwrap();
    let second = store
        .put_surface(&id(1), surface(&["b"]), 20)
        .wait()
        .unwrap();
    assert_eq!(first.surface.unwrap().approved_at_ms, 10);
    let approved = second.surface.clone().unwrap();
    assert_eq!((approved.created_at_ms, approved.approved_at_ms), (10, 20));
    assert_eq!(approved.surface.commands, ["b"]);
    assert_eq!(devices(&store), [second]);

    let without = store.remove_surface(&id(1)).wait().unwrap();
    assert_eq!(without.surface, None);
    assert_eq!(
        store
            .rename_device(&id(1), None)
            .wait()
            .unwrap()
            .operator_label,
        None
    );
}

#[test]
fn a_device_put_again_has_only_the_tokens_of_the_new_record() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    store
        .set_token(&id(1), grant(Role::Node, "t", ScopeSet::empty()), 5)
        .wait()
        .unwrap();
    store.put_device(device(1)).wait().unwrap();
    assert!(devices(&store)[0].tokens.is_empty());
}

#[test]
fn removal_takes_tokens_surface_and_requests_along_and_nothing_of_others() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    for n in [1, 2] {
        store.put_device(device(n)).wait().unwrap();
        let token = grant(Role::Operator, "t", ScopeSet::empty());
        store.set_token(&id(n), token, 5).wait().unwrap();
        let more = asks(
            n,
            &format!("d{n}"),
            &[Role::Operator],
            ScopeSet::from([Scope::Admin]),
        );
        store.put_pending(more, vec![]).wait().unwrap();
        let node = asks_surface(n, &format!("s{n}"), surface(&["x"]));
        store.put_pending(node, vec![]).wait().unwrap();
    }
    let (removed, requests) = store.remove_device(&id(1)).wait().unwrap();
    assert_eq!(removed.device_id, id(1));
    assert_eq!(removed.tokens.len(), 1);
    assert_eq!(requests.len(), 2);

    let fixture = fixture.reopen();
    let left = devices(&fixture.store);
    assert_eq!(left.len(), 1);
    assert_eq!((&left[0].device_id, left[0].tokens.len()), (&id(2), 1));
    assert_eq!(waiting(&fixture.store), ["d2", "s2"]);

    // The same device, paired anew, has no old token.
    fixture.store.put_device(device(1)).wait().unwrap();
    assert!(
        devices(&fixture.store)
            .iter()
            .all(|d| d.device_id != id(1) || d.tokens.is_empty())
    );
}

#[test]
fn an_unknown_device_is_named_and_nothing_is_made_of_it() {
    let store = Store::in_memory().unwrap();
    let unknown = StoreError::UnknownDevice(id(9));
    assert_eq!(
        store.rename_device(&id(9), None).wait().unwrap_err(),
        unknown
    );
    assert_eq!(
        store
            .put_facts(&id(9), ClientFacts::default())
            .wait()
            .unwrap_err(),
        unknown
    );
    assert_eq!(
        store
            .put_surface(&id(9), surface(&[]), 1)
            .wait()
            .unwrap_err(),
        unknown
    );
    assert_eq!(store.remove_surface(&id(9)).wait().unwrap_err(), unknown);
    assert_eq!(store.remove_device(&id(9)).wait().unwrap_err(), unknown);
    assert!(devices(&store).is_empty());
    assert!(unknown.to_string().contains(id(9).as_str()));
}

#[test]
fn devices_come_in_the_order_of_their_first_approval() {
    let store = Store::in_memory().unwrap();
    for n in [3, 1, 2] {
        store.put_device(device(n)).wait().unwrap();
    }
    let order: Vec<_> = devices(&store)
        .into_iter()
        .map(|d| d.created_at_ms)
        .collect();
    assert_eq!(order, [1, 2, 3]);
}
