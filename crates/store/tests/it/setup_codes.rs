use crate::support::{Fixture, device, devices, grant, id, surface};
use openclaw_protocol::events::device::pair::setup::completed::SetupAccess;
use openclaw_protocol::{Role, Scope, ScopeSet};
use openclaw_store::{
    ClientFacts, DeviceGrant, Redemption, SetupCodeRecord, Store, StoreError, TokenDigest,
};

fn code(name: &str) -> SetupCodeRecord {
    SetupCodeRecord {
        setup_id: name.to_owned(),
        digest: TokenDigest::of(name),
        access: SetupAccess::Limited,
        roles: vec![Role::Node, Role::Operator],
        scopes: ScopeSet::from([Scope::Read]),
        maker: ScopeSet::from([Scope::Admin]),
        made_by: Some(id(9)),
        created_at_ms: 100,
        expires_at_ms: 700,
        used: None,
    }
}

fn redemption(n: u8) -> Redemption {
    let scopes = ScopeSet::from([Scope::Read]);
    Redemption {
        device_id: id(n),
        public_key: format!("key-{n}"),
        facts: ClientFacts {
            display_name: Some("phone".into()),
            ..ClientFacts::default()
        },
        grant: DeviceGrant {
            roles: vec![Role::Node, Role::Operator],
            scopes: scopes.clone(),
            tokens: vec![
                grant(Role::Node, "n", ScopeSet::empty()),
                grant(Role::Operator, "o", scopes),
            ],
            surface: Some(surface(&["camera.snap"])),
            approved_via: Some("bootstrap".into()),
        },
    }
}

fn codes(store: &Store) -> Vec<SetupCodeRecord> {
    store.snapshot().wait().unwrap().setup_codes
}

#[test]
fn a_code_is_spent_and_its_device_paired_at_once() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    store.put_setup_code(code("a")).wait().unwrap();
    assert_eq!(codes(store), [code("a")]);
    let (used, device) = store
        .redeem_setup_code("a", redemption(1), 300)
        .wait()
        .unwrap();
    assert_eq!(device.roles, [Role::Node, Role::Operator]);
    assert_eq!(device.approved_via.as_deref(), Some("bootstrap"));
    assert!(device.tokens.get(&Role::Node).unwrap().digest.matches("n"));
    assert_eq!(
        device.surface.as_ref().unwrap().surface.commands,
        ["camera.snap"]
    );
    let by = used.used.as_ref().unwrap();
    assert_eq!((&by.device_id, by.at_ms), (&id(1), 300));
    assert_eq!(by.delivered_at_ms, None);

    let fixture = fixture.reopen();
    assert_eq!(codes(&fixture.store), [used]);
    assert_eq!(devices(&fixture.store), [device]);
    let told = fixture.store.deliver_setup_code("a", 301).wait().unwrap();
    assert_eq!(told.used.unwrap().delivered_at_ms, Some(301));
}

#[test]
fn of_two_uses_one_is_recorded_and_the_other_changes_nothing() {
    let store = Store::in_memory().unwrap();
    store.put_setup_code(code("a")).wait().unwrap();
    let first = store.redeem_setup_code("a", redemption(1), 300);
    let second = store.redeem_setup_code("a", redemption(2), 300);
    let threads = [first, second].map(|op| std::thread::spawn(move || op.wait()));
    let outcomes = threads.map(|thread| thread.join().unwrap());
    let spent = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(StoreError::SetupCodeSpent)));
    assert_eq!(spent.count(), 1);
    assert_eq!(devices(&store).len(), 1);
    // Not even by the device that used it.
    let again = store.redeem_setup_code("a", redemption(1), 301).wait();
    assert_eq!(again.unwrap_err(), StoreError::SetupCodeSpent);
}

#[test]
fn a_code_that_is_not_there_pairs_nobody() {
    let store = Store::in_memory().unwrap();
    let absent = store.redeem_setup_code("a", redemption(1), 1).wait();
    assert_eq!(absent.unwrap_err(), StoreError::SetupCodeSpent);
    assert!(devices(&store).is_empty());
    let unused = store.deliver_setup_code("a", 1).wait();
    assert_eq!(unused.unwrap_err(), StoreError::SetupCodeSpent);
    store.put_setup_code(code("a")).wait().unwrap();
    assert!(store.deliver_setup_code("a", 1).wait().is_err());
    store
        .remove_setup_codes(vec!["a".into(), "b".into()])
        .wait()
        .unwrap();
    assert!(codes(&store).is_empty());
}

#[test]
fn codes_end_with_the_device_they_were_made_on() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(9)).wait().unwrap();
    for name in ["waits", "used"] {
        store.put_setup_code(code(name)).wait().unwrap();
    }
    let mut of_another = code("other");
    of_another.made_by = None;
    store.put_setup_code(of_another).wait().unwrap();
    store
        .redeem_setup_code("used", redemption(1), 300)
        .wait()
        .unwrap();
    store.remove_device(&id(9)).wait().unwrap();
    let left: Vec<String> = codes(&store).into_iter().map(|c| c.setup_id).collect();
    assert_eq!(left, ["other", "used"]);
}
