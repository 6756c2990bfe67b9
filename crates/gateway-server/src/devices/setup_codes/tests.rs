//! Setup codes and time: whatever the clock does, a code is good once and for ten minutes.

use std::sync::Arc;
use std::time::Duration;

use openclaw_policy::Caller;
use openclaw_policy::setup_code::{LIFETIME_MS, Profile, SetupGrant};
use openclaw_protocol::events::device::pair::setup::completed::SetupAccess;
use openclaw_protocol::id::DeviceId;
use openclaw_protocol::{Generation, Role, Scope};
use openclaw_store::{ClientFacts, Snapshot, Store, StoreError};
use secrecy::ExposeSecret as _;

use super::{Book, MadeCode, Presented, Use};
use crate::clock::now_ms;
use crate::devices::token_key::TokenKey;

fn grant() -> SetupGrant {
    let admin = Caller {
        role: Role::Operator,
        scopes: [Scope::Admin].into(),
        generation: Generation::V4,
    };
    SetupGrant::issue(&admin, Profile::Limited).unwrap()
}

fn book_over(store: &Store, snapshot: Snapshot) -> Book {
    let key = TokenKey::from_bytes([1; 32]);
    Book::new(Arc::new(store.clone()), snapshot, key)
}

async fn made(book: &Book, at: u64) -> MadeCode {
    book.make_setup_code(grant(), SetupAccess::Limited, None, at)
        .await
        .unwrap()
}

fn presented(book: &Book, code: &MadeCode, at: u64) -> Option<Presented> {
    book.presented(code.token.expose_secret(), at)
}

fn wanted(code: &Presented, n: u8) -> Use {
    Use {
        setup_id: code.setup_id.clone(),
        given: code.grant.hand_over(&Role::Node, &[].into()).unwrap(),
        device_id: DeviceId::from_digest([n; 32]),
        public_key: "key".to_owned(),
        facts: ClientFacts::default(),
        surface: None,
    }
}

#[tokio::test]
async fn a_code_ends_by_the_wall_clock_and_when_that_goes_back() {
    let store = Store::in_memory().unwrap();
    let book = book_over(&store, Snapshot::default());
    let start = now_ms();
    let code = made(&book, start).await;
    assert_eq!(code.expires_at_ms, start + LIFETIME_MS);
    for (at, is_good) in [
        (start, true),
        (start + LIFETIME_MS - 1, true),
        (start + LIFETIME_MS, false),
        (start - 30_000, true),
        (start - 3_600_000, false),
        (u64::MAX, false),
        (0, false),
    ] {
        assert_eq!(presented(&book, &code, at).is_some(), is_good, "{at}");
    }
    assert!(book.presented("", start).is_none());
    assert!(book.presented("another", start).is_none());
}

#[tokio::test]
async fn a_clock_that_stands_still_keeps_no_code_alive() {
    let store = Store::in_memory().unwrap();
    let book = book_over(&store, Snapshot::default());
    let start = now_ms();
    let code = made(&book, start).await;
    let used = presented(&book, &code, start).unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(LIFETIME_MS - 1)).await;
    assert!(presented(&book, &code, start).is_some());
    tokio::time::advance(Duration::from_millis(1)).await;
    tokio::time::resume();
    assert!(presented(&book, &code, start).is_none());
    let late = book.use_setup_code(wanted(&used, 1), start).await;
    assert_eq!(late.unwrap_err(), StoreError::SetupCodeSpent);
    assert!(
        book.device(DeviceId::from_digest([1; 32]).as_str())
            .is_none()
    );
    book.prune_setup_codes(start).await.unwrap();
    assert!(store.snapshot().await.unwrap().setup_codes.is_empty());
}

#[tokio::test]
async fn a_restart_gives_a_code_no_second_life() {
    let store = Store::in_memory().unwrap();
    let book = book_over(&store, Snapshot::default());
    let start = now_ms();
    let (code, used) = (made(&book, start).await, made(&book, start).await);
    let use_it = presented(&book, &used, start).unwrap();
    book.use_setup_code(wanted(&use_it, 1), start)
        .await
        .unwrap();
    let again = book_over(&store, store.snapshot().await.unwrap());
    assert!(presented(&again, &code, start + LIFETIME_MS - 1).is_some());
    assert!(presented(&again, &code, start + LIFETIME_MS).is_none());
    assert!(presented(&again, &code, start - 3_600_000).is_none());
    assert!(presented(&again, &used, start).is_none());
    // By its own time it ends too, however far the wall clock went back while it was down.
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(LIFETIME_MS)).await;
    assert!(presented(&again, &code, start).is_none());
}

#[tokio::test]
async fn a_code_is_used_once_and_remembered_for_a_day() {
    let store = Store::in_memory().unwrap();
    let book = book_over(&store, Snapshot::default());
    let start = now_ms();
    let code = made(&book, start).await;
    let use_it = presented(&book, &code, start).unwrap();
    let done = book
        .use_setup_code(wanted(&use_it, 1), start)
        .await
        .unwrap();
    assert_eq!(done.tokens.len(), 2);
    for (role, issued) in &done.tokens {
        let id = DeviceId::from_digest([1; 32]);
        let standing = book.standing(&id, role, &issued.token);
        let valid = openclaw_policy::admission::TokenStanding::Valid(issued.scopes.clone());
        assert_eq!(standing, valid);
        assert!(!format!("{issued:?}").contains(&issued.token));
    }
    for n in [1, 2] {
        let again = book.use_setup_code(wanted(&use_it, n), start).await;
        assert_eq!(again.unwrap_err(), StoreError::SetupCodeSpent);
    }
    assert!(presented(&book, &code, start).is_none());
    book.setup_code_delivered(&code.setup_id, start)
        .await
        .unwrap();
    book.prune_setup_codes(start + 23 * 3_600_000)
        .await
        .unwrap();
    assert!(book.setup_code(&code.setup_id).is_some());
    book.prune_setup_codes(start + 25 * 3_600_000)
        .await
        .unwrap();
    assert!(book.setup_code(&code.setup_id).is_none());
}
