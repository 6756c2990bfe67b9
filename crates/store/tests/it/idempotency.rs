use std::time::Duration;

use crate::support::Fixture;
use openclaw_protocol::Raw;
use openclaw_store::{IdempotencyRecord, MAX_RESULT_BYTES, MAX_RESULTS, Store, StoreError};

const TTL: Duration = Duration::from_millis(300);

fn answer(key: &str, created_at_ms: u64, result: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        kind: "send".into(),
        key: key.into(),
        created_at_ms,
        result: Raw::from_string(result.into()).unwrap(),
    }
}

fn text(store: &Store, kind: &str, key: &str) -> Option<String> {
    store
        .result(kind, key)
        .wait()
        .unwrap()
        .map(|record| record.result.get().to_owned())
}

#[test]
fn the_first_answer_stands_until_it_is_too_old() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let keep = |at, result| {
        store
            .remember_result(answer("k", at, result), TTL)
            .wait()
            .unwrap()
    };
    assert_eq!(keep(1000, r#"{"n": 1}"#).result.get(), r#"{"n": 1}"#);
    let second = keep(1299, r#"{"n":2}"#);
    assert_eq!(
        (second.result.get(), second.created_at_ms),
        (r#"{"n": 1}"#, 1000)
    );
    assert_eq!(
        keep(900, "0").result.get(),
        r#"{"n": 1}"#,
        "a clock set back changes nothing"
    );
    assert_eq!(keep(1300, r#"{"n":3}"#).result.get(), r#"{"n":3}"#);
    let fixture = fixture.reopen();
    assert_eq!(
        text(&fixture.store, "send", "k").as_deref(),
        Some(r#"{"n":3}"#)
    );
}

#[test]
fn keys_of_other_kinds_are_other_keys() {
    let store = Store::in_memory().unwrap();
    store
        .remember_result(answer("k", 1, "1"), TTL)
        .wait()
        .unwrap();
    assert_eq!(text(&store, "agent", "k"), None);
    assert_eq!(text(&store, "send", "K"), None);
    assert_eq!(text(&store, "send", "k").as_deref(), Some("1"));
}

#[test]
fn the_oldest_answer_makes_room() {
    let store = Store::in_memory().unwrap();
    for n in 0..=MAX_RESULTS {
        let record = answer(&n.to_string(), n as u64, "true");
        store.remember_result(record, TTL).wait().unwrap();
    }
    assert_eq!(text(&store, "send", "0"), None);
    assert!(text(&store, "send", "1").is_some());
    assert!(text(&store, "send", &MAX_RESULTS.to_string()).is_some());
    assert_eq!(store.forget_results(u64::MAX).wait().unwrap(), MAX_RESULTS);
}

#[test]
fn forgetting_takes_what_is_older_and_no_more() {
    let store = Store::in_memory().unwrap();
    for at in [10, 20, 30] {
        store
            .remember_result(answer(&at.to_string(), at, "1"), TTL)
            .wait()
            .unwrap();
    }
    assert_eq!(store.forget_results(20).wait().unwrap(), 1);
    assert_eq!(text(&store, "send", "10"), None);
    assert!(text(&store, "send", "20").is_some());
}

#[test]
fn an_answer_too_large_is_refused_with_both_numbers() {
    let store = Store::in_memory().unwrap();
    let json = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let fits = answer("fits", 1, &json(MAX_RESULT_BYTES));
    store.remember_result(fits, TTL).wait().unwrap();
    let large = answer("large", 1, &json(MAX_RESULT_BYTES + 1));
    let error = store.remember_result(large, TTL).wait().unwrap_err();
    let want = StoreError::ResultTooLarge {
        bytes: MAX_RESULT_BYTES + 1,
        max: MAX_RESULT_BYTES,
    };
    assert_eq!(error, want);
    assert_eq!(text(&store, "send", "large"), None);
}
