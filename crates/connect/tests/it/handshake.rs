//! The handshake over a real WebSocket codec.

use openclaw_connect::{
    Class, ConnectError, ConnectPlan, Connector, Credentials, DialError, Dialect, HandshakeError,
    Stage, Wait,
};
use openclaw_identity::{DeviceIdentity, DeviceKey};
use openclaw_protocol::{Generation, Scope};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

use crate::fake_gateway::{FakeGateway, endpoint, hello, listen, over_pipe, plan};

fn with_device() -> ConnectPlan {
    plan().with_device(Arc::new(DeviceIdentity::new(
        DeviceKey::from_seed([3; 32]),
        0,
    )))
}

fn handshake_error(result: Result<openclaw_connect::Connection, ConnectError>) -> HandshakeError {
    match result {
        Err(ConnectError::Handshake { error, .. }) => *error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn both_generations_admit_the_same_envelope() {
    for (protocol, generation) in [(3, Generation::V3), (4, Generation::V4)] {
        let plan = with_device().with_credentials(Credentials::token("secret"));
        let (result, (connect, _gateway)) =
            over_pipe(plan, &Connector::new(), async |mut gateway| {
                (gateway.admit(hello(protocol)).await, gateway)
            })
            .await;
        let connection = result.expect("admitted");
        assert_eq!(connection.session.hello().generation, generation);
        assert_eq!(connection.session.hello().server.conn_id, "c-1");
        assert!(connection.session.hello().scopes().allows(&Scope::Read));
        assert!(connection.session.hello().full().is_ok());
        let params = &connect.params;
        assert_eq!(
            (&params["minProtocol"], &params["maxProtocol"]),
            (&json!(3), &json!(4))
        );
        assert_eq!(params["auth"], json!({"token": "secret"}));
        assert_eq!(params["device"]["nonce"], "nonce-1");
        assert_eq!(params["device"]["signedAt"], 1_770_000_000_000_u64);
        assert_eq!(params["scopes"], json!(["operator.read"]));
    }
}

#[tokio::test]
async fn one_protocol_alone_can_be_asked_for() {
    for (dialect, range) in [(Dialect::V3, (3, 3)), (Dialect::V4, (4, 4))] {
        let (result, (connect, _gateway)) = over_pipe(
            plan().with_dialect(dialect),
            &Connector::new(),
            async |mut gateway| (gateway.admit(hello(range.0)).await, gateway),
        )
        .await;
        result.expect("admitted");
        assert_eq!(connect.params["minProtocol"], range.0);
        assert_eq!(connect.params["maxProtocol"], range.1);
    }
}

#[tokio::test]
async fn an_empty_hello_is_a_hello() {
    for payload in [
        json!({}),
        json!({"protocol": 3, "snapshot": "strange", "auth": 7}),
    ] {
        let (result, _gateway) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
            gateway.admit(payload).await;
            gateway
        })
        .await;
        assert_eq!(
            result.expect("admitted").session.hello().generation,
            Generation::V3
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_challenge_the_client_says_why_it_leaves() {
    let started = tokio::time::Instant::now();
    let (result, close) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
        gateway.expect_close().await
    })
    .await;
    let error = handshake_error(result);
    assert!(
        matches!(error, HandshakeError::NoChallenge { .. }),
        "{error:?}"
    );
    assert_eq!(close, (1008, "connect challenge timeout".to_owned()));
    assert_eq!(started.elapsed(), Duration::from_secs(15));
}

#[tokio::test(start_paused = true)]
async fn without_answer_the_client_says_why_it_leaves() {
    let (result, close) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
        gateway.challenge().await;
        gateway.request().await;
        gateway.expect_close().await
    })
    .await;
    let error = handshake_error(result);
    assert!(
        matches!(error, HandshakeError::NoAnswer { .. }),
        "{error:?}"
    );
    assert_eq!(close, (4000, "connect timeout".to_owned()));
}

#[tokio::test]
async fn an_error_and_its_close_are_kept_together() {
    let message = "pairing required: device is not approved yet";
    let (result, ()) = over_pipe(with_device(), &Connector::new(), async |mut gateway| {
        gateway.challenge().await;
        let connect = gateway.request().await;
        let details =
            json!({"code": "PAIRING_REQUIRED", "reason": "not-paired", "requestId": "r-9"});
        gateway
            .refuse(
                &connect.id,
                json!({"code": "NOT_PAIRED", "message": message, "details": details}),
            )
            .await;
        gateway
            .close(1008, &format!("{message} (requestId: r-9)"))
            .await;
        gateway.drain().await;
    })
    .await;
    let error = handshake_error(result);
    let Class::WaitForHuman(waiting) = Class::of_handshake(&error) else {
        panic!("{error:?}")
    };
    assert_eq!(waiting.what, Wait::Approval);
    assert_eq!(
        waiting.command.as_deref(),
        Some("openclaw devices approve r-9")
    );
    let HandshakeError::Refused {
        close: Some(close), ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(close.code, 1008);
    assert_eq!(error.to_string(), message);
}

#[tokio::test]
async fn a_mismatch_stops() {
    let (result, ()) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
        gateway.challenge().await;
        let connect = gateway.request().await;
        let error = json!({"code": "INVALID_REQUEST", "message": "protocol mismatch", "details": {"expectedProtocol": 9}});
        gateway.refuse(&connect.id, error).await;
        gateway.close(1002, "protocol mismatch").await;
        gateway.drain().await;
    })
    .await;
    assert_eq!(Class::of_handshake(&handshake_error(result)), Class::Stop);
}

#[tokio::test]
async fn a_close_without_answer_is_told_with_its_stage() {
    let (result, ()) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
        gateway.close(1000, "").await;
        gateway.drain().await;
    })
    .await;
    let error = handshake_error(result);
    assert_eq!(error.stage(), Stage::Challenge);
    assert_eq!(
        error.to_string(),
        "gateway closed (1000 normal closure): no close reason"
    );
    assert_eq!(Class::of_handshake(&error), Class::Retry { after: None });

    let (result, ()) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
        gateway.challenge().await;
        gateway.request().await;
        drop(gateway);
    })
    .await;
    let error = handshake_error(result);
    assert!(
        matches!(
            error,
            HandshakeError::Lost {
                stage: Stage::Hello,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn no_error_and_no_debug_text_holds_a_secret() {
    let plan = with_device().with_credentials(Credentials::token("hunter2"));
    assert!(!format!("{plan:?}").contains("hunter2"));
    let (result, ()) = over_pipe(plan, &Connector::new(), async |mut gateway| {
        gateway.challenge().await;
        let connect = gateway.request().await;
        assert_eq!(connect.params["auth"]["token"], "hunter2");
        gateway
            .refuse(
                &connect.id,
                json!({"code": "INVALID_REQUEST", "message": "unauthorized"}),
            )
            .await;
        gateway.close(1008, "unauthorized").await;
        gateway.drain().await;
    })
    .await;
    let error = result.expect_err("refused");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_binary_message_is_read_as_text() {
    let (result, _gateway) = over_pipe(plan(), &Connector::new(), async |mut gateway| {
        let challenge =
            json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": "n"}});
        let bytes = challenge.to_string().into_bytes();
        gateway
            .send_message(tokio_tungstenite::tungstenite::Message::binary(bytes))
            .await;
        let connect = gateway.request().await;
        assert_eq!(connect.params["device"], Value::Null);
        gateway.respond(&connect.id, hello(4)).await;
        gateway
    })
    .await;
    result.expect("admitted");
}

#[tokio::test]
async fn over_loopback_tcp_it_is_the_same() {
    let (listener, url) = listen("ws").await;
    let target = endpoint(&format!("{url}/any/path"));
    let connector = Connector::new();
    let (connected, mut gateway) = tokio::join!(connector.connect(&target, plan()), async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut gateway = FakeGateway::accept(stream).await;
        gateway.admit(hello(4)).await;
        gateway
    });
    let session = connected.expect("admitted").session;
    let (answer, ()) = tokio::join!(
        session.call_raw("x", None, Duration::from_secs(10)),
        async {
            let request = gateway.request().await;
            gateway.respond(&request.id, json!("y")).await;
        }
    );
    assert_eq!(answer.unwrap().get(), r#""y""#);
    tokio::join!(session.close(), gateway.drain());

    drop(listener);
    let Err(ConnectError::Dial(error)) = connector.connect(&target, plan()).await else {
        panic!("nobody listens any more")
    };
    assert!(matches!(*error, DialError::Connect { .. }), "{error}");
}
