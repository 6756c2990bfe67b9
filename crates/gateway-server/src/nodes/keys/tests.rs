use std::sync::Arc;

use openclaw_protocol::id::InvokeId;
use openclaw_store::{CALL_SLOTS, CallMark, CallOutcomeRecord};
use uuid::Uuid;

use super::{Claim, Fingerprint, KEPT_BYTES, KNOWN_MS, Keys, digest};
use crate::nodes::outcome::{Answered, NodeFailure, Outcome};

fn key(n: usize) -> Fingerprint {
    Fingerprint::of("me", "node", "camera.snap", &n.to_string())
}

fn done(bytes: usize) -> Outcome {
    Outcome::Done(Arc::new(Answered {
        payload: "x".repeat(bytes).into(),
        payload_json: "".into(),
    }))
}

fn claim(keys: &mut Keys, n: usize, now_ms: u64) -> Claim {
    keys.claim(key(n), "node", [0; 8], Uuid::new_v4(), now_ms)
}

fn fresh(keys: &mut Keys, n: usize, now_ms: u64) -> u32 {
    match claim(keys, n, now_ms) {
        Claim::Fresh(slot) => slot,
        other => panic!("not fresh: {other:?}"),
    }
}

#[test]
fn every_part_of_a_call_makes_another_key() {
    let one = Fingerprint::of("a", "b", "c", "d");
    for other in [
        Fingerprint::of("x", "b", "c", "d"),
        Fingerprint::of("a", "x", "c", "d"),
        Fingerprint::of("a", "b", "x", "d"),
        Fingerprint::of("a", "b", "c", "x"),
        Fingerprint::of("ab", "", "c", "d"),
    ] {
        assert_ne!(one, other);
    }
    assert_eq!(one, Fingerprint::of("a", "b", "c", "d"));
    let large = "x".repeat(200_000);
    assert_eq!(digest(Some(&large)), digest(Some(&large)));
    assert_ne!(digest(Some(&large)), digest(Some(&large[1..])));
    assert_ne!(digest(Some("")), digest(None));
}

#[test]
fn a_key_runs_once_and_is_told_how_that_ended() {
    let mut keys = Keys::default();
    fresh(&mut keys, 1, 10);
    assert!(matches!(claim(&mut keys, 1, 11), Claim::Running(_)));
    let other = keys.claim(key(1), "node", [9; 8], Uuid::new_v4(), 11);
    assert!(matches!(other, Claim::Other));
    keys.settle(key(1), done(3));
    assert!(matches!(claim(&mut keys, 1, 12), Claim::Ended(end) if end == done(3)));
    // It is forgotten after a while, and not because a clock was set back.
    assert!(matches!(claim(&mut keys, 1, 0), Claim::Ended(_)));
    fresh(&mut keys, 1, 11 + KNOWN_MS);
}

#[test]
fn a_late_answer_of_the_same_node_counts_and_of_another_does_not() {
    let mut keys = Keys::default();
    let invoke = Uuid::new_v4();
    let claimed = keys.claim(key(1), "node", [0; 8], invoke, 1);
    assert!(matches!(claimed, Claim::Fresh(0)));
    let id = InvokeId::from(invoke.to_string());
    assert_eq!(keys.open_call(&id, "node"), None, "somebody waits for it");
    keys.settle(key(1), Outcome::Unknown);
    assert_eq!(keys.open_call(&id, "other"), None);
    assert_eq!(keys.open_call(&InvokeId::from("nonsense"), "node"), None);
    assert_eq!(keys.open_call(&id, "node"), Some(key(1)));
    keys.settle(key(1), done(1));
    assert_eq!(keys.open_call(&id, "node"), None, "one answer counts");
}

#[test]
fn what_runs_keeps_its_slot_and_the_oldest_of_the_rest_goes() {
    let mut keys = Keys::default();
    assert_eq!(fresh(&mut keys, 0, 1), 0);
    for n in 1..CALL_SLOTS as usize {
        fresh(&mut keys, n, 1);
        keys.settle(key(n), done(1));
    }
    let slot = fresh(&mut keys, CALL_SLOTS as usize, 1);
    assert_eq!(slot, 1, "slot 0 belongs to a call that runs");
    assert!(matches!(claim(&mut keys, 0, 1), Claim::Running(_)));
    assert!(matches!(claim(&mut keys, 2, 1), Claim::Ended(_)));
    assert_eq!(fresh(&mut keys, 1, 1), 2);
}

#[test]
fn calls_beyond_what_can_be_known_are_refused() {
    let mut keys = Keys::default();
    for n in 0..CALL_SLOTS as usize {
        fresh(&mut keys, n, 1);
    }
    assert!(matches!(claim(&mut keys, usize::MAX, 1), Claim::Full));
}

#[test]
fn kept_answers_are_bounded_and_only_their_class_stays() {
    let mut keys = Keys::default();
    let bytes = 16 * 1024;
    let many = KEPT_BYTES / bytes + 10;
    for n in 0..many {
        fresh(&mut keys, n, 1);
        keys.settle(key(n), done(bytes));
    }
    assert!(keys.kept_bytes <= KEPT_BYTES);
    assert!(matches!(
        claim(&mut keys, 0, 1),
        Claim::Ended(Outcome::DoneLarge)
    ));
    assert!(matches!(
        claim(&mut keys, many - 1, 1),
        Claim::Ended(Outcome::Done(_))
    ));
    keys.prune(2 + KNOWN_MS);
    assert_eq!(keys.kept_bytes, 0);
    fresh(&mut keys, 0, 3 + KNOWN_MS);
}

#[test]
fn long_words_of_failures_are_bounded_too() {
    let mut keys = Keys::default();
    for n in 0..2000 {
        fresh(&mut keys, n, 1);
        let failure = NodeFailure {
            code: Some("C".to_owned()),
            message: Some("m".repeat(8000)),
            queued: None,
        };
        keys.settle(key(n), Outcome::Failed(Arc::new(failure)));
    }
    assert!(keys.kept_bytes <= KEPT_BYTES);
    for n in 0..2000 {
        keys.forget(key(n));
    }
    assert_eq!(keys.kept_bytes, 0);
}

fn mark(n: usize, at_ms: u64) -> CallMark {
    CallMark {
        fingerprint: key(n).bytes(),
        invoke_id: [u8::try_from(n).unwrap(); 16],
        node: digest(Some("node")),
        params: [0; 8],
        at_ms,
    }
}

#[test]
fn after_a_restart_nothing_that_was_sent_runs_again() {
    let marks = vec![
        (0, mark(1, 100)),
        (3, mark(2, 90)),
        (5, mark(3, 0)),
        (CALL_SLOTS + 1, mark(4, 100)),
        // The same call twice: the slot that is later in the ring counts.
        (6, mark(1, 101)),
    ];
    let text = serde_json::to_string(&done(2)).unwrap();
    let outcome = |n: usize, text: &str| CallOutcomeRecord {
        fingerprint: key(n).bytes(),
        at_ms: 1,
        outcome: openclaw_protocol::Raw::from_string(text.to_owned()).unwrap(),
    };
    let outcomes = vec![
        outcome(2, &text),
        outcome(7, &text),
        outcome(1, r#"{"fromTheFuture":1}"#),
    ];
    let now = KNOWN_MS + 50;
    let mut keys = Keys::load(marks, outcomes, now);
    assert!(matches!(
        claim(&mut keys, 1, now),
        Claim::Ended(Outcome::Unknown)
    ));
    assert!(matches!(claim(&mut keys, 2, now), Claim::Ended(end) if end == done(2)));
    let id = InvokeId::from(Uuid::from_bytes([1; 16]).to_string());
    assert_eq!(keys.open_call(&id, "node"), Some(key(1)));
    // Too old, out of range, or without a mark: nothing is known of them.
    assert_eq!(fresh(&mut keys, 3, now), 7);
    fresh(&mut keys, 4, now);
    fresh(&mut keys, 7, now);
    assert!(keys.take_unwritten(now).is_empty());
}

#[test]
fn ends_are_written_once() {
    let mut keys = Keys::default();
    fresh(&mut keys, 1, 1);
    keys.settle(key(1), Outcome::Unknown);
    assert!(
        keys.take_unwritten(2).is_empty(),
        "that is what a mark says"
    );
    keys.settle(key(1), done(2));
    let written = keys.take_unwritten(2);
    assert_eq!(written.len(), 1);
    let back: Outcome = serde_json::from_str(written[0].outcome.get()).unwrap();
    assert_eq!(back, done(2));
    assert!(keys.take_unwritten(3).is_empty());
}
