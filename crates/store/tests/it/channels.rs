use crate::support::{Fixture, raw};
use openclaw_store::{
    DeliveryEnd, DeliveryState, NewDelivery, PeerRecord, Store, StoreError, UpdateKey,
};

fn update(id: &str) -> UpdateKey {
    UpdateKey {
        channel: "telegram".into(),
        account: "default".into(),
        update_id: id.into(),
    }
}

fn delivery(id: &str) -> NewDelivery {
    NewDelivery {
        delivery_id: id.into(),
        channel: "telegram".into(),
        account: "default".into(),
        target: "42".into(),
        created_at_ms: 10,
        body: raw(r#"{"text":"hello"}"#),
    }
}

fn peer(name: &str, at_ms: u64) -> PeerRecord {
    PeerRecord {
        channel: "telegram".into(),
        account: "default".into(),
        peer: name.into(),
        code: Some(format!("CODE{name}")),
        facts: raw(r#"{"username":"ada"}"#),
        asked_at_ms: at_ms,
        approved_at_ms: None,
    }
}

fn state(store: &Store, id: &str) -> (DeliveryState, u32) {
    let found = store.delivery(id).wait().unwrap().unwrap();
    (found.state, found.attempts)
}

#[test]
fn an_update_is_accepted_once_and_open_until_it_is_settled() {
    let fixture = Fixture::new();
    for id in ["2", "1"] {
        assert!(
            fixture
                .store
                .accept_update(update(id), raw("{}"), 5)
                .wait()
                .unwrap()
        );
    }
    let fixture = fixture.reopen();
    let store = &fixture.store;
    assert!(
        !store
            .accept_update(update("2"), raw("{}"), 6)
            .wait()
            .unwrap()
    );
    let open: Vec<_> = store.open_updates().wait().unwrap();
    let ids: Vec<_> = open.iter().map(|one| one.key.update_id.as_str()).collect();
    assert_eq!(ids, ["2", "1"], "in the order in which they came");

    assert!(!store.settle_update(update("2"), 7).wait().unwrap());
    assert!(
        store.settle_update(update("2"), 8).wait().unwrap(),
        "settled already"
    );
    assert!(
        store.settle_update(update("9"), 8).wait().unwrap(),
        "not known"
    );
    assert_eq!(store.open_updates().wait().unwrap().len(), 1);
    assert!(
        !store
            .accept_update(update("2"), raw("{}"), 9)
            .wait()
            .unwrap()
    );

    // Forgotten are only those that are settled.
    assert_eq!(store.forget_updates(u64::MAX).wait().unwrap(), 1);
    assert!(
        store
            .accept_update(update("2"), raw("{}"), 10)
            .wait()
            .unwrap()
    );
}

#[test]
fn accounts_and_channels_have_ids_of_their_own() {
    let store = Store::in_memory().unwrap();
    assert!(
        store
            .accept_update(update("1"), raw("{}"), 5)
            .wait()
            .unwrap()
    );
    let mut other = update("1");
    other.account = "work".into();
    assert!(store.accept_update(other, raw("{}"), 5).wait().unwrap());
    let mut other = update("1");
    other.channel = "webhook".into();
    assert!(store.accept_update(other, raw("{}"), 5).wait().unwrap());
}

#[test]
fn a_delivery_is_tried_again_only_where_it_certainly_did_not_arrive() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert!(store.put_delivery(delivery("a")).wait().unwrap());
    assert!(!store.put_delivery(delivery("a")).wait().unwrap());
    store.begin_delivery("a").wait().unwrap();
    let refused = StoreError::UnknownDelivery("a".into());
    assert_eq!(
        store.begin_delivery("a").wait(),
        Err(refused),
        "not twice at once"
    );
    let again = DeliveryEnd::Again {
        not_before_ms: 90,
        result: raw(r#"{"code":429}"#),
    };
    store.end_delivery("a", again, 20).wait().unwrap();
    assert_eq!(state(store, "a"), (DeliveryState::Waiting, 1));
    let waiting = store.delivery("a").wait().unwrap().unwrap();
    assert_eq!(waiting.not_before_ms, 90);
    assert_eq!(waiting.result.unwrap().get(), r#"{"code":429}"#);

    // The Gateway ends while it sends.
    store.begin_delivery("a").wait().unwrap();
    let fixture = fixture.reopen();
    let store = &fixture.store;
    let open = store.open_deliveries().wait().unwrap();
    assert_eq!(open[0].state, DeliveryState::Sending);
    let unknown = DeliveryEnd::Unknown(raw("null"));
    store.end_delivery("a", unknown, 30).wait().unwrap();
    assert_eq!(state(store, "a"), (DeliveryState::Unknown, 2));
    assert!(store.begin_delivery("a").wait().is_err(), "never again");
    assert!(store.open_deliveries().wait().unwrap().is_empty());
}

#[test]
fn what_ended_is_forgotten_and_what_waits_is_not() {
    let store = Store::in_memory().unwrap();
    for id in ["sent", "failed", "waiting"] {
        store.put_delivery(delivery(id)).wait().unwrap();
    }
    for (id, end) in [
        ("sent", DeliveryEnd::Sent(raw("1"))),
        ("failed", DeliveryEnd::Failed(raw("2"))),
    ] {
        store.begin_delivery(id).wait().unwrap();
        store.end_delivery(id, end.clone(), 20).wait().unwrap();
        let unknown = StoreError::UnknownDelivery(id.into());
        assert_eq!(store.end_delivery(id, end, 20).wait(), Err(unknown));
    }
    assert_eq!(state(&store, "sent"), (DeliveryState::Sent, 1));
    assert_eq!(state(&store, "failed"), (DeliveryState::Failed, 1));
    assert_eq!(store.forget_deliveries(20).wait().unwrap(), 0);
    assert_eq!(store.forget_deliveries(21).wait().unwrap(), 2);
    assert_eq!(state(&store, "waiting"), (DeliveryState::Waiting, 0));
    assert!(store.put_delivery(delivery("sent")).wait().unwrap());
}

#[test]
fn a_sender_that_asks_again_keeps_its_code_until_it_expires() {
    let store = Store::in_memory().unwrap();
    store.ask_peer(peer("1", 100), 0).wait().unwrap();
    let mut again = peer("1", 200);
    again.code = Some("OTHER".into());
    let standing = store.ask_peer(again.clone(), 0).wait().unwrap();
    assert_eq!(standing.code.as_deref(), Some("CODE1"));
    let fresh = store.ask_peer(again, 101).wait().unwrap();
    assert_eq!(fresh.code.as_deref(), Some("OTHER"));
    assert_eq!(store.peers().wait().unwrap().len(), 1);
}

#[test]
fn a_code_approves_once_in_its_channel_and_in_its_time() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.ask_peer(peer("1", 100), 0).wait().unwrap();
    let approve = |channel: &str, code: &str, after| {
        store
            .approve_peer(channel, code, after, 150)
            .wait()
            .unwrap()
    };
    assert!(approve("telegram", "WRONG", 0).is_none());
    assert!(approve("webhook", "CODE1", 0).is_none());
    assert!(approve("telegram", "CODE1", 101).is_none(), "expired");
    let approved = approve("telegram", "CODE1", 100).unwrap();
    assert_eq!(
        (approved.peer.as_str(), approved.approved_at_ms),
        ("1", Some(150))
    );
    assert!(approve("telegram", "CODE1", 0).is_none());

    let fixture = fixture.reopen();
    let store = &fixture.store;
    // An approved sender does not expire, and does not ask.
    let standing = store.ask_peer(peer("1", 900), 800).wait().unwrap();
    assert_eq!((standing.code, standing.approved_at_ms), (None, Some(150)));
    assert!(
        store
            .remove_peer("telegram", "default", "1")
            .wait()
            .unwrap()
    );
    assert!(
        !store
            .remove_peer("telegram", "default", "1")
            .wait()
            .unwrap()
    );
}
