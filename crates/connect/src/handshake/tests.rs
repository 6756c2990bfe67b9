//! Scripts of inputs with virtual time.

use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::{Generation, Scope};
use serde_json::{Value, json};

use super::*;
use crate::plan::client_info;

const CHALLENGE_TEXT: &str = r#"{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1,"capabilities":["x"]}}"#;

fn start() -> (Handshake, Instant) {
    let plan = ConnectPlan::operator(
        client_info(ClientId::Cli, ClientMode::Cli, "1"),
        [Scope::Read],
    );
    let now = Instant::now();
    (Handshake::new(plan, &Limits::default(), now, 1000), now)
}

fn challenged() -> (Handshake, Instant) {
    let (mut handshake, now) = start();
    let Step::Send(text) = handshake.on(Input::Text(CHALLENGE_TEXT), now) else {
        panic!("no connect was sent")
    };
    let sent: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&sent["method"], &sent["id"]),
        (&json!("connect"), &json!("0"))
    );
    assert_eq!(
        (
            &sent["params"]["minProtocol"],
            &sent["params"]["maxProtocol"]
        ),
        (&json!(3), &json!(4))
    );
    (handshake, now)
}

fn answer(body: &Value) -> String {
    let mut frame = json!({"type": "res", "id": "0"});
    for (key, value) in body.as_object().unwrap() {
        frame[key] = value.clone();
    }
    frame.to_string()
}

fn failed(step: Step) -> HandshakeError {
    match step {
        Step::Failed(error) => *error,
        other => panic!("not failed: {other:?}"),
    }
}

#[test]
fn a_hello_of_either_generation_admits() {
    for (protocol, generation) in [(3, Generation::V3), (4, Generation::V4)] {
        let (mut handshake, now) = challenged();
        let hello =
            answer(&json!({"ok": true, "payload": {"type": "hello-ok", "protocol": protocol}}));
        let Step::Admitted(admitted) = handshake.on(Input::Text(&hello), now) else {
            panic!("not admitted")
        };
        assert_eq!(admitted.hello.generation, generation);
    }
    let (mut handshake, now) = challenged();
    let hello = answer(&json!({"ok": true, "payload": {}}));
    assert!(matches!(
        handshake.on(Input::Text(&hello), now),
        Step::Admitted(_)
    ));
}

#[test]
fn an_unknown_protocol_is_no_hello() {
    let (mut handshake, now) = challenged();
    let hello = answer(&json!({"ok": true, "payload": {"protocol": 5}}));
    let error = failed(handshake.on(Input::Text(&hello), now));
    assert!(
        matches!(error, HandshakeError::UnknownProtocol { number: 5 }),
        "{error:?}"
    );
}

#[test]
fn no_challenge_ends_at_its_deadline_and_not_before() {
    let (mut handshake, now) = start();
    assert_eq!(handshake.deadline(), now + Duration::from_secs(15));
    let almost = handshake.deadline() - Duration::from_millis(1);
    assert!(matches!(handshake.on(Input::Time, almost), Step::Wait));
    let error = failed(handshake.on(Input::Time, handshake.deadline()));
    assert!(matches!(error, HandshakeError::NoChallenge { .. }));
    assert_eq!(error.stage(), Stage::Challenge);
}

#[test]
fn no_answer_ends_at_its_deadline() {
    let (mut handshake, now) = start();
    let later = now + Duration::from_secs(9);
    assert!(matches!(
        handshake.on(Input::Text(CHALLENGE_TEXT), later),
        Step::Send(_)
    ));
    assert_eq!(handshake.deadline(), later + Duration::from_secs(15));
    let error = failed(handshake.on(Input::Time, handshake.deadline()));
    assert!(matches!(error, HandshakeError::NoAnswer { .. }));
    assert_eq!(error.stage(), Stage::Hello);
}

#[test]
fn a_challenge_without_nonce_fails() {
    for payload in ["{}", r#"{"nonce":" "}"#, r#"{"nonce":7}"#, "null"] {
        let (mut handshake, now) = start();
        let text = format!(r#"{{"type":"event","event":"connect.challenge","payload":{payload}}}"#);
        let error = failed(handshake.on(Input::Text(&text), now));
        assert!(matches!(error, HandshakeError::BadChallenge), "{payload}");
    }
}

#[test]
fn a_second_challenge_is_not_answered() {
    let (mut handshake, now) = challenged();
    assert!(matches!(
        handshake.on(Input::Text(CHALLENGE_TEXT), now),
        Step::Wait
    ));
}

#[test]
fn what_is_not_understood_is_ignored() {
    let (mut handshake, now) = challenged();
    for text in [
        "not json",
        "[]",
        r#"{"type":"res","id":"1","ok":true,"payload":{"protocol":4}}"#,
        r#"{"type":"req","id":"0","method":"x"}"#,
    ] {
        assert!(
            matches!(handshake.on(Input::Text(text), now), Step::Wait),
            "{text}"
        );
    }
}

#[test]
fn an_answer_before_the_challenge_counts_for_nothing() {
    let (mut handshake, now) = start();
    let hello = answer(&json!({"ok": true, "payload": {"protocol": 4}}));
    assert!(matches!(handshake.on(Input::Text(&hello), now), Step::Wait));
    assert_eq!(handshake.stage(), Stage::Challenge);
}

#[test]
fn an_error_waits_for_its_close_frame() {
    let refusal = answer(&json!({
        "ok": false,
        "error": {"code": "NOT_PAIRED", "message": "pairing required", "details": {"requestId": "r-1"}},
    }));
    let (mut handshake, now) = challenged();
    assert!(matches!(
        handshake.on(Input::Text(&refusal), now),
        Step::Wait
    ));
    let close = Close::new(1008, "pairing required");
    let error = failed(handshake.on(Input::Close(close.clone()), now));
    let HandshakeError::Refused {
        error: shape,
        close: Some(seen),
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!((&*shape.message, seen), ("pairing required", &close));

    let (mut handshake, now) = challenged();
    handshake.on(Input::Text(&refusal), now);
    assert_eq!(handshake.deadline(), now + CLOSE_AFTER_ERROR);
    let error = failed(handshake.on(Input::Time, handshake.deadline()));
    assert!(matches!(error, HandshakeError::Refused { close: None, .. }));

    let (mut handshake, now) = challenged();
    handshake.on(Input::Text(&refusal), now);
    let error = failed(handshake.on(Input::Lost(None), now));
    assert_eq!(
        error.refusal().map(|error| &*error.message),
        Some("pairing required")
    );
}

#[test]
fn an_end_without_answer_tells_how_far_it_came() {
    let (mut handshake, now) = start();
    let error = failed(handshake.on(Input::Close(Close::silent()), now));
    assert_eq!(error.stage(), Stage::Challenge);
    assert_eq!(
        error.to_string(),
        "gateway closed (1000 normal closure): no close reason"
    );
    let (mut handshake, now) = challenged();
    let error = failed(handshake.on(Input::Lost(None), now));
    assert_eq!(error.stage(), Stage::Hello);
    assert!(
        error
            .to_string()
            .starts_with("gateway closed (1006 abnormal closure"),
        "{error}"
    );
}

#[test]
fn events_around_the_hello_are_kept_within_bounds() {
    let (mut handshake, now) = start();
    let event = r#"{"type":"event","event":"health","payload":{}}"#;
    assert!(matches!(handshake.on(Input::Text(event), now), Step::Wait));
    handshake.on(Input::Text(CHALLENGE_TEXT), now);
    for _ in 0..EARLY_EVENTS + 5 {
        handshake.on(Input::Text(event), now);
    }
    let hello = answer(&json!({"ok": true, "payload": {}}));
    let Step::Admitted(admitted) = handshake.on(Input::Text(&hello), now) else {
        panic!()
    };
    assert_eq!(admitted.early.len(), EARLY_EVENTS);
    assert_eq!(admitted.missed, 6);
}
