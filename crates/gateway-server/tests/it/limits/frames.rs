//! Frames that are wrong on an authenticated socket: answered or ignored, never the end of it.

use serde_json::{Value, json};

use super::{admin, dial, gateway, node, reader};
use crate::peer::Peer;

/// Sends a frame and returns `(id, code, message)` of the error that answers it.
async fn refused(peer: &mut Peer, frame: &str) -> (String, String, String) {
    peer.send_text(frame).await;
    let response = peer.next_response().await;
    assert_eq!(response["ok"], false, "{frame}: {response}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&response["id"]),
        text(&response["error"]["code"]),
        text(&response["error"]["message"]),
    )
}

#[tokio::test]
async fn frames_that_are_no_requests_are_answered() {
    for (protocol, not, missing) in [
        (
            3,
            "NOT",
            "must have required property 'type'; must have required property 'id'; \
             must have required property 'method'",
        ),
        (4, "not", "must have required property 'type'"),
    ] {
        let gateway = gateway().await;
        let mut peer = dial(&gateway).await;
        peer.connect(admin(protocol)).await;
        for (frame, id, reason) in [
            ("{}", "invalid", missing.to_owned()),
            (
                r#"{"type":"req","method":"health"}"#,
                "invalid",
                "must have required property 'id'".to_owned(),
            ),
            (
                r#"{"type":"req","id":"9","method":"health","bogus":1}"#,
                "9",
                "at root: unexpected property 'bogus'".to_owned(),
            ),
            (
                r#"{"type":"req","id":"9","method":""}"#,
                "9",
                format!("at /method: must {not} have fewer than 1 characters"),
            ),
            ("[]", "invalid", "must be object".to_owned()),
            ("null", "invalid", "must be object".to_owned()),
            ("7", "invalid", "must be object".to_owned()),
        ] {
            let expected = (
                id.to_owned(),
                "INVALID_REQUEST".to_owned(),
                format!("invalid request frame: {reason}"),
            );
            assert_eq!(
                refused(&mut peer, frame).await,
                expected,
                "protocol {protocol}: {frame}"
            );
        }
        // What is no JSON is not answered: the next answer is the next request's.
        peer.send_text("not json").await;
        peer.send_binary(&[1, 2, 3]).await;
        peer.send_binary(&[0xff, 0xfe]).await;
        let id = peer.request("health", json!({})).await;
        let response = peer.next_response().await;
        assert_eq!(
            (&response["id"], &response["ok"]),
            (&json!(id), &json!(true))
        );
    }
}

#[tokio::test]
async fn calls_that_cannot_be_are_answered_in_the_words_of_the_generation() {
    for protocol in [3, 4] {
        let gateway = gateway().await;
        let mut peer = dial(&gateway).await;
        peer.connect(admin(protocol)).await;
        for (frame, message) in [
            (
                r#"{"type":"req","id":"9","method":"no.such"}"#,
                "unknown method: no.such",
            ),
            (
                r#"{"type":"req","id":"9","method":"connect","params":{}}"#,
                "connect is only valid as the first request",
            ),
            (
                r#"{"type":"req","id":"9","method":"node.list","params":{"bogus":1}}"#,
                "invalid node.list params: at root: unexpected property 'bogus'",
            ),
        ] {
            let (id, code, said) = refused(&mut peer, frame).await;
            let got = (id.as_str(), code.as_str(), said.as_str());
            assert_eq!(
                got,
                ("9", "INVALID_REQUEST", message),
                "protocol {protocol}: {frame}"
            );
        }
        for frame in [
            r#"{"type":"req","id":"a","method":"node.list"}"#,
            r#"{"type":"req","id":"a","method":"node.list","params":null}"#,
        ] {
            peer.send_text(frame).await;
            assert_eq!(
                peer.response("a").await["ok"],
                true,
                "protocol {protocol}: {frame}"
            );
        }
    }
}

#[tokio::test]
async fn without_admin_a_name_is_not_said_to_be_unknown() {
    for (protocol, code) in [(3, "INVALID_REQUEST"), (4, "FORBIDDEN")] {
        let gateway = gateway().await;
        let mut peer = dial(&gateway).await;
        let params = reader(&peer, protocol);
        peer.connect(params).await;
        for method in ["no.such", "connect"] {
            let response = peer.call(method, json!({})).await;
            let error = &response["error"];
            assert_eq!(error["code"], code, "protocol {protocol}: {method}");
            assert_eq!(error["message"], "missing scope: operator.admin");
            let details = if protocol == 3 {
                Value::Null
            } else {
                json!({
                    "code": "MISSING_SCOPE",
                    "missingScope": "operator.admin",
                    "requiredScopes": ["operator.admin"],
                })
            };
            assert_eq!(error["details"], details);
        }
    }
}

#[tokio::test]
async fn eleven_calls_in_a_row_that_the_role_may_not_make_end_the_connection() {
    for protocol in [3, 4] {
        let gateway = gateway().await;
        let mut peer = dial(&gateway).await;
        let params = node(&peer, protocol);
        peer.connect(params).await;
        for _ in 0..11 {
            let response = peer.call("node.list", json!({})).await;
            assert_eq!(response["error"]["code"], "INVALID_REQUEST");
            assert_eq!(response["error"]["message"], "unauthorized role: node");
        }
        let close = Some((1008, "repeated unauthorized calls".to_owned()));
        assert_eq!(peer.closed().await, close, "protocol {protocol}");
    }
}

#[tokio::test]
async fn a_call_that_the_role_may_make_begins_the_count_anew() {
    let gateway = gateway().await;
    let mut peer = dial(&gateway).await;
    let params = node(&peer, 4);
    peer.connect(params).await;
    for _ in 0..3 {
        for _ in 0..10 {
            let response = peer.call("node.list", json!({})).await;
            assert_eq!(response["error"]["message"], "unauthorized role: node");
        }
        assert_eq!(peer.call("health", json!({})).await["ok"], true);
    }
}
