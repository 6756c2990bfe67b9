use crate::support::{Fixture, asks, asks_surface, device, devices, grant, id, surface, waiting};
use openclaw_protocol::{Role, Scope, ScopeSet};
use openclaw_store::{
    Approval, Approved, DeviceGrant, DeviceRecord, PendingKind, PendingRecord, Store, StoreError,
    Surface, TokenDigest,
};

fn device_of(approved: Approved) -> (PendingRecord, DeviceRecord) {
    match approved {
        Approved::Device { request, device } => (*request, *device),
        Approved::LegacyNode { .. } => panic!("a legacy node came out"),
    }
}

#[test]
fn approval_moves_the_request_to_the_devices_at_once() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let scopes = ScopeSet::from([Scope::Read, Scope::Write]);
    let mut request = asks(1, "r1", &[Role::Operator], scopes.clone());
    request.declared = surface(&["x"]);
    store.put_pending(request.clone(), vec![]).wait().unwrap();
    let approval = Approval::Device(DeviceGrant {
        roles: vec![Role::Operator, Role::Node],
        scopes: scopes.clone(),
        tokens: vec![grant(Role::Operator, "t", scopes.clone())],
        surface: Some(surface(&["x"])),
        approved_via: Some("owner".into()),
    });
    let approved = store
        .approve_pending(&"r1".into(), approval, 500)
        .wait()
        .unwrap();
    let (taken, device) = device_of(approved);
    assert_eq!(taken, request);
    assert_eq!(device.public_key, "key-1");
    assert_eq!(device.roles, [Role::Operator, Role::Node]);
    assert_eq!(device.scopes, scopes);
    assert_eq!(device.facts, request.facts);
    assert_eq!((device.created_at_ms, device.approved_at_ms), (500, 500));
    assert_eq!(device.approved_via.as_deref(), Some("owner"));
    assert!(
        device
            .tokens
            .get(&Role::Operator)
            .unwrap()
            .digest
            .matches("t")
    );
    assert_eq!(device.surface.as_ref().unwrap().surface.commands, ["x"]);

    let fixture = fixture.reopen();
    assert_eq!(devices(&fixture.store), [device]);
    assert!(waiting(&fixture.store).is_empty());
}

#[test]
fn a_second_approval_adds_and_keeps_what_an_operator_set() {
    let store = Store::in_memory().unwrap();
    let mut record = device(1);
    record.operator_label = Some("desk".into());
    store.put_device(record).wait().unwrap();
    store
        .set_token(&id(1), grant(Role::Operator, "old", ScopeSet::empty()), 5)
        .wait()
        .unwrap();
    let more = asks(1, "r1", &[Role::Node], ScopeSet::from([Scope::Write]));
    store.put_pending(more, vec![]).wait().unwrap();
    let approval = Approval::Device(DeviceGrant {
        roles: vec![Role::Node],
        scopes: ScopeSet::from([Scope::Write, Scope::Read]),
        ..DeviceGrant::default()
    });
    let approved = store
        .approve_pending(&"r1".into(), approval, 900)
        .wait()
        .unwrap();
    let (_, device) = device_of(approved);
    assert_eq!(device.roles, [Role::Operator, Role::Node]);
    assert_eq!(device.scopes, ScopeSet::from([Scope::Read, Scope::Write]));
    assert_eq!(device.operator_label.as_deref(), Some("desk"));
    assert_eq!(device.approved_via.as_deref(), Some("owner"));
    assert_eq!((device.created_at_ms, device.approved_at_ms), (1, 900));
    assert!(
        device
            .tokens
            .get(&Role::Operator)
            .unwrap()
            .digest
            .matches("old")
    );
    assert_eq!(
        device.facts.platform.as_deref(),
        Some("linux"),
        "silence takes nothing away"
    );
}

#[test]
fn an_approval_decided_on_an_old_view_brings_no_revoked_token_back() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    store
        .set_token(&id(1), grant(Role::Operator, "t", ScopeSet::empty()), 5)
        .wait()
        .unwrap();
    let more = asks(1, "r1", &[Role::Node], ScopeSet::empty());
    store.put_pending(more, vec![]).wait().unwrap();
    let approval = Approval::Device(DeviceGrant {
        roles: vec![Role::Node],
        ..Default::default()
    });
    let approve = store.approve_pending(&"r1".into(), approval, 900);
    store
        .revoke_token(&id(1), &Role::Operator, 800)
        .wait()
        .unwrap();
    let (_, device) = device_of(approve.wait().unwrap());
    assert_eq!(
        device.tokens.get(&Role::Operator).unwrap().revoked_at_ms,
        Some(800)
    );
}

#[test]
fn a_surface_is_approved_on_the_device_it_belongs_to() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    let request = asks_surface(1, "s1", surface(&["system.run", "camera.snap"]));
    store.put_pending(request, vec![]).wait().unwrap();
    let granted = surface(&["camera.snap"]);
    let approved = store
        .approve_pending(&"s1".into(), Approval::Surface(granted.clone()), 700)
        .wait();
    let (_, device) = device_of(approved.unwrap());
    assert_eq!(device.surface.as_ref().unwrap().surface, granted);
    assert_eq!(
        device.approved_at_ms, 1,
        "the device itself was not approved again"
    );
    assert_eq!(devices(&store), [device]);
}

#[test]
fn a_surface_of_a_device_that_is_gone_is_not_approved_and_still_waits() {
    let store = Store::in_memory().unwrap();
    store
        .put_pending(asks_surface(1, "s1", surface(&["x"])), vec![])
        .wait()
        .unwrap();
    let approval = Approval::Surface(surface(&["x"]));
    let error = store
        .approve_pending(&"s1".into(), approval, 1)
        .wait()
        .unwrap_err();
    assert_eq!(error, StoreError::UnknownDevice(id(1)));
    assert_eq!(waiting(&store), ["s1"]);
}

#[test]
fn of_two_approvals_of_one_request_one_is_recorded() {
    let store = Store::in_memory().unwrap();
    let request = asks(1, "r1", &[Role::Node], ScopeSet::empty());
    store.put_pending(request, vec![]).wait().unwrap();
    let approve = |via: &str| {
        let via = Some(via.to_owned());
        let approval = Approval::Device(DeviceGrant {
            approved_via: via,
            ..Default::default()
        });
        store.approve_pending(&"r1".into(), approval, 1).wait()
    };
    approve("owner").unwrap();
    assert_eq!(
        approve("other").unwrap_err(),
        StoreError::UnknownRequest("r1".into())
    );
    assert_eq!(devices(&store)[0].approved_via.as_deref(), Some("owner"));
}

#[test]
fn an_approval_of_another_kind_changes_nothing() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    let before = devices(&store);
    let request = asks(1, "r1", &[Role::Node], ScopeSet::empty());
    store.put_pending(request, vec![]).wait().unwrap();
    for approval in [
        Approval::Surface(Surface::default()),
        Approval::LegacyNode(TokenDigest::of("t")),
    ] {
        let kind = approval.kind();
        let error = store
            .approve_pending(&"r1".into(), approval, 1)
            .wait()
            .unwrap_err();
        let want = StoreError::ApprovalMismatch {
            request_id: "r1".into(),
            pending: PendingKind::Device,
            approval: kind,
        };
        assert_eq!(error, want);
    }
    assert_eq!(devices(&store), before);
    assert_eq!(waiting(&store), ["r1"]);
}

#[test]
fn the_same_request_again_keeps_its_id_and_renews_its_time() {
    let store = Store::in_memory().unwrap();
    let mut request = asks(1, "r1", &[Role::Node], ScopeSet::empty());
    assert!(
        store
            .put_pending(request.clone(), vec![])
            .wait()
            .unwrap()
            .is_empty()
    );
    request.ts_ms = 200;
    request.facts.remote_ip = Some("192.0.2.7".into());
    assert!(
        store
            .put_pending(request.clone(), vec![])
            .wait()
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.snapshot().wait().unwrap().pending, [request]);
}

#[test]
fn an_id_never_changes_what_it_asks_for() {
    let store = Store::in_memory().unwrap();
    let seen = asks_surface(1, "s1", surface(&["camera.snap"]));
    store.put_pending(seen.clone(), vec![]).wait().unwrap();
    let mut changed = seen.clone();
    changed.declared.commands.push("system.run".into());
    let mut other_device = seen.clone();
    other_device.ask = asks_surface(2, "s1", Surface::default()).ask;
    let mut other_platform = seen.clone();
    other_platform.facts.platform = Some("ios".into());
    for request in [changed, other_device, other_platform] {
        let error = store.put_pending(request, vec![]).wait().unwrap_err();
        assert_eq!(error, StoreError::RequestIdReused("s1".into()));
    }
    assert_eq!(store.snapshot().wait().unwrap().pending, [seen]);
}

#[test]
fn one_request_for_one_access_of_one_asker() {
    let store = Store::in_memory().unwrap();
    let one = asks(
        1,
        "r1",
        &[Role::Operator],
        ScopeSet::from([Scope::Read, Scope::Write]),
    );
    store.put_pending(one.clone(), vec![]).wait().unwrap();
    // Same access, other order, other id: replaces.
    let same = asks(
        1,
        "r2",
        &[Role::Operator],
        ScopeSet::from([Scope::Write, Scope::Read]),
    );
    assert_eq!(store.put_pending(same, vec![]).wait().unwrap(), [one]);
    // Other scopes, other role, other device, other kind: stand beside it.
    let read = ScopeSet::from([Scope::Read]);
    for other in [
        asks(1, "r3", &[Role::Operator], read.clone()),
        asks(1, "r4", &[Role::Node], read),
        asks(
            2,
            "r5",
            &[Role::Operator],
            ScopeSet::from([Scope::Read, Scope::Write]),
        ),
        asks_surface(1, "r6", Surface::default()),
    ] {
        assert!(store.put_pending(other, vec![]).wait().unwrap().is_empty());
    }
    assert_eq!(waiting(&store), ["r2", "r3", "r4", "r5", "r6"]);
}

#[test]
fn superseded_requests_go_with_the_new_one_and_are_told() {
    let store = Store::in_memory().unwrap();
    let read = asks(1, "r1", &[Role::Operator], ScopeSet::from([Scope::Read]));
    store.put_pending(read.clone(), vec![]).wait().unwrap();
    let admin = asks(1, "r2", &[Role::Operator], ScopeSet::from([Scope::Admin]));
    let superseding = vec!["r1".into(), "never-was".into(), "r2".into()];
    assert_eq!(
        store.put_pending(admin, superseding).wait().unwrap(),
        [read]
    );
    assert_eq!(waiting(&store), ["r2"]);
}

#[test]
fn rejection_and_expiry_remove_what_they_name_and_no_more() {
    let store = Store::in_memory().unwrap();
    for (n, ts_ms) in [(1, 100), (2, 200), (3, 300)] {
        let mut request = asks(n, &format!("r{n}"), &[Role::Node], ScopeSet::empty());
        request.ts_ms = ts_ms;
        store.put_pending(request, vec![]).wait().unwrap();
    }
    assert_eq!(
        store
            .remove_pending(&"r2".into())
            .wait()
            .unwrap()
            .device_id(),
        Some(&id(2))
    );
    let error = store.remove_pending(&"r2".into()).wait().unwrap_err();
    assert_eq!(error, StoreError::UnknownRequest("r2".into()));
    assert!(
        store.remove_expired(100).wait().unwrap().is_empty(),
        "100 is not before 100"
    );
    let expired = store.remove_expired(101).wait().unwrap();
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].request_id, "r1".into());
    assert_eq!(waiting(&store), ["r3"]);
}
