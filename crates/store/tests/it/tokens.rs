use crate::support::{device, devices, grant, id};
use openclaw_protocol::{Role, Scope, ScopeSet};
use openclaw_store::{Store, StoreError};

#[test]
fn rotation_replaces_the_token_and_keeps_the_day_of_the_first() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    let read = ScopeSet::from([Scope::Read]);
    let first = grant(Role::Operator, "old", read);
    let now = store.set_token(&id(1), first, 10).wait().unwrap();
    let token = &now.tokens.get(&Role::Operator).unwrap();
    assert!(token.digest.matches("old"));
    assert_eq!((token.created_at_ms, token.rotated_at_ms), (10, None));
    assert_eq!(token.issued_at_ms(), 10);

    let second = grant(Role::Operator, "new", ScopeSet::empty());
    let now = store.set_token(&id(1), second, 20).wait().unwrap();
    let token = &now.tokens.get(&Role::Operator).unwrap();
    assert!(token.digest.matches("new"));
    assert!(!token.digest.matches("old"));
    assert_eq!(token.scopes, ScopeSet::empty());
    assert_eq!((token.created_at_ms, token.rotated_at_ms), (10, Some(20)));
    assert_eq!(devices(&store), [now]);
}

#[test]
fn a_revocation_stays_until_the_next_token() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    let token = || grant(Role::Node, "t", ScopeSet::empty());
    store.set_token(&id(1), token(), 10).wait().unwrap();
    let revoked = store.revoke_token(&id(1), &Role::Node, 30).wait().unwrap();
    assert_eq!(
        revoked.tokens.get(&Role::Node).unwrap().revoked_at_ms,
        Some(30)
    );
    let again = store.revoke_token(&id(1), &Role::Node, 40).wait().unwrap();
    assert_eq!(
        again.tokens.get(&Role::Node).unwrap().revoked_at_ms,
        Some(30)
    );
    let renewed = store.set_token(&id(1), token(), 50).wait().unwrap();
    assert_eq!(renewed.tokens.get(&Role::Node).unwrap().revoked_at_ms, None);
}

#[test]
fn tokens_of_other_roles_are_left_alone() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    store
        .set_token(&id(1), grant(Role::Node, "n", ScopeSet::empty()), 1)
        .wait()
        .unwrap();
    store
        .set_token(&id(1), grant(Role::Operator, "o", ScopeSet::empty()), 2)
        .wait()
        .unwrap();
    store
        .revoke_token(&id(1), &Role::Operator, 3)
        .wait()
        .unwrap();
    let tokens = &devices(&store)[0].tokens;
    assert!(tokens.get(&Role::Node).unwrap().digest.matches("n"));
    assert_eq!(tokens.get(&Role::Node).unwrap().revoked_at_ms, None);
}

#[test]
fn a_token_that_never_was_cannot_be_revoked() {
    let store = Store::in_memory().unwrap();
    store.put_device(device(1)).wait().unwrap();
    let error = store
        .revoke_token(&id(1), &Role::Node, 1)
        .wait()
        .unwrap_err();
    assert_eq!(
        error,
        StoreError::UnknownToken {
            device_id: id(1),
            role: Role::Node
        }
    );
    let error = store
        .revoke_token(&id(2), &Role::Node, 1)
        .wait()
        .unwrap_err();
    assert_eq!(error, StoreError::UnknownDevice(id(2)));
    let token = grant(Role::Node, "t", ScopeSet::empty());
    let error = store.set_token(&id(2), token, 1).wait().unwrap_err();
    assert_eq!(error, StoreError::UnknownDevice(id(2)));
}
