//! What real Gateways of both generations said, said again to our client.

use std::collections::HashMap;
use std::time::Duration;

use openclaw_connect::dial::dial_io;
use openclaw_connect::{CallError, Class, Connection, Connector, DialError, Limits, SessionEvent};
use openclaw_protocol::Generation;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::fake_gateway::{FakeGateway, endpoint, over_pipe, plan};

/// 206 handshakes with live Gateways, 2026.2.6-3 and 2026.9.6.
const HANDSHAKES: &str = include_str!("../../../gateway-server/tests/vectors/handshake-cases.json");
/// Whole sessions: calls, answers and events.
const SESSIONS: [(&str, Generation); 2] = [
    (
        include_str!("../../../protocol/tests/vectors/chat-run-2026.2.jsonl"),
        Generation::V3,
    ),
    (
        include_str!("../../../protocol/tests/vectors/chat-run-2026.9.jsonl"),
        Generation::V4,
    ),
];

/// What each refusal means to a client, by the beginning of its message or close reason. The
/// first row that fits counts.
const CLASSES: &[(&str, &str)] = &[
    ("pairing required", "wait"),
    ("gateway starting", "retry"),
    (
        "unauthorized: too many failed authentication attempts",
        "retry",
    ),
    ("device signature expired", "retry"),
    ("device nonce", "retry"),
    ("unauthorized", "stop"),
    ("protocol mismatch", "stop"),
    ("device identity", "stop"),
    ("device signature invalid", "stop"),
    ("control ui requires", "stop"),
    ("origin not allowed", "stop"),
    ("invalid connect params", "stop"),
    ("invalid role", "stop"),
    ("invalid request frame", "stop"),
    ("invalid-handshake", "stop"),
    ("invalid handshake", "stop"),
    ("missing scope", "stop"),
    ("connect is only valid", "stop"),
];

fn class_name(class: &Class) -> &'static str {
    match class {
        Class::Retry { .. } => "retry",
        Class::WaitForHuman(_) => "wait",
        Class::Stop => "stop",
    }
}

#[tokio::test]
async fn every_recorded_refusal_has_its_class() {
    let text = HANDSHAKES.replace("<uuid>", "00000000-0000-4000-8000-000000000001");
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut refused = 0;
    for case in &cases {
        let (name, outcome) = (&case["name"], &case["outcome"]);
        if outcome["ok"] == true || outcome.get("httpUpgradeError").is_some() {
            continue;
        }
        refused += 1;
        let (result, ()) = over_pipe(plan(), &Connector::new(), async |gateway| {
            replay(gateway, outcome).await;
        })
        .await;
        let error = result.expect_err("refused");
        let said = outcome["error"]["message"]
            .as_str()
            .or(outcome["closeReason"].as_str());
        let said = said.unwrap_or_default();
        // Without a word: closed silently, or a frame too large. Both may pass.
        let expected = CLASSES
            .iter()
            .find(|(begins, _)| said.starts_with(begins))
            .map_or("retry", |(_, class)| class);
        let class = Class::of_connect(&error);
        assert_eq!(class_name(&class), expected, "{name}: {said}: {class:?}");
        if let Class::WaitForHuman(waiting) = class {
            let command = waiting.command.unwrap();
            assert!(
                command.ends_with("approve 00000000-0000-4000-8000-000000000001"),
                "{name}: {command}"
            );
        }
        if let Some(error_shape) = error.refusal() {
            assert_eq!(error_shape.message, said);
        }
    }
    assert_eq!(refused, 130);
}

async fn replay(mut gateway: FakeGateway, outcome: &Value) {
    gateway.challenge().await;
    let connect = gateway.request().await;
    if let Some(error) = outcome.get("error") {
        gateway.refuse(&connect.id, error.clone()).await;
    }
    if let Some(code) = outcome["closeCode"].as_u64() {
        let reason = outcome["closeReason"].as_str().unwrap();
        gateway.close(u16::try_from(code).unwrap(), reason).await;
    }
    gateway.drain().await;
}

#[tokio::test]
async fn every_recorded_rejection_of_an_upgrade_is_the_gateways_own() {
    let cases: Vec<Value> = serde_json::from_str(HANDSHAKES).unwrap();
    let rejections = cases
        .iter()
        .filter_map(|case| case["outcome"].get("httpUpgradeError"));
    let mut seen = 0;
    for rejection in rejections {
        seen += 1;
        let (status, body) = (&rejection["status"], rejection["body"].as_str().unwrap());
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        let (target, limits) = (endpoint("ws://127.0.0.1:1"), Limits::default());
        let (result, ()) = tokio::join!(dial_io(ours, &target, &limits), async {
            let mut request = [0; 1024];
            let _ = theirs.read(&mut request).await.unwrap();
            theirs.write_all(answer.as_bytes()).await.unwrap();
        });
        let Err(DialError::UpgradeRejected(rejected)) = result else {
            panic!("{result:?}")
        };
        assert_eq!(rejected.kind.as_deref(), Some("proxy_attribution_required"));
        assert!(!rejected.is_edge_refusal());
    }
    assert_eq!(seen, 2);
}

#[tokio::test]
async fn recorded_sessions_run_again() {
    for (text, generation) in SESSIONS {
        let frames: Vec<(bool, Value)> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|row| row.get("frame").is_some())
            .map(|row| (row["dir"] == "g2c", row["frame"].clone()))
            .collect();
        run_again(&frames, generation).await;
    }
}

async fn run_again(frames: &[(bool, Value)], generation: Generation) {
    let (requests, answers) = exchanges(frames);
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    let connector = Connector::new();
    let target = endpoint("ws://127.0.0.1:1");
    let client = async {
        let connected = connector.connect_io(ours, &target, plan()).await;
        let Connection {
            session,
            mut events,
            ..
        } = connected.expect("admitted");
        assert_eq!(session.hello().generation, generation);
        assert!(!session.hello().server.conn_id.is_empty());
        // The recording shows which calls were under way together: all are started in order.
        let calls = requests
            .iter()
            .zip(&answers)
            .skip(1)
            .map(|(request, expected)| {
                let session = &session;
                async move {
                    let method = request["method"].as_str().unwrap();
                    let params = serde_json::value::to_raw_value(&request["params"]).unwrap();
                    let limit = Duration::from_secs(30);
                    let result = if expected.len() > 1 {
                        session
                            .call_raw_expect_final(method, Some(&params), limit)
                            .await
                    } else {
                        session.call_raw(method, Some(&params), limit).await
                    };
                    let last = expected.last().unwrap();
                    match result {
                        Ok(payload) => {
                            let payload: Value = serde_json::from_str(payload.get()).unwrap();
                            assert_eq!(payload, last["payload"], "{method}");
                        }
                        Err(CallError::Refused(error)) => {
                            assert_eq!(error.message, last["error"]["message"], "{method}");
                        }
                        Err(other) => panic!("{method}: {other}"),
                    }
                }
            });
        futures_util::future::join_all(calls).await;
        session.close().await;
        let mut received = Vec::new();
        while let Some(event) = events.recv().await {
            match event {
                SessionEvent::Event(event) => {
                    let payload = event.payload.as_ref().map(|raw| raw.get().to_owned());
                    received.push((event.name.to_string(), event.seq, payload));
                }
                SessionEvent::Gap { .. } => {}
                SessionEvent::Missed { events } => panic!("{events} missed"),
            }
        }
        received
    };
    let (received, sent) = tokio::join!(client, play(FakeGateway::accept(theirs), frames));
    assert!(sent.len() > 90, "{}", sent.len());
    assert_eq!(received.len(), sent.len());
    for ((name, seq, payload), frame) in received.iter().zip(sent) {
        assert_eq!(name, frame["event"].as_str().unwrap());
        assert_eq!(*seq, frame["seq"].as_u64());
        let payload: Option<Value> = payload
            .as_ref()
            .map(|raw| serde_json::from_str(raw).unwrap());
        assert_eq!(payload.as_ref(), frame.get("payload"), "{name}");
    }
}

/// The requests in order, and the answers to each. Ids are used again in later parts.
fn exchanges(frames: &[(bool, Value)]) -> (Vec<&Value>, Vec<Vec<&Value>>) {
    let (mut requests, mut answers) = (Vec::new(), Vec::<Vec<&Value>>::new());
    let mut latest = HashMap::new();
    for (from_gateway, frame) in frames {
        if !from_gateway {
            latest.insert(frame["id"].as_str().unwrap(), requests.len());
            requests.push(frame);
            answers.push(Vec::new());
        } else if frame["type"] == "res" {
            answers[latest[frame["id"].as_str().unwrap()]].push(frame);
        }
    }
    (requests, answers)
}

/// Plays the Gateway's part; returns the events after the challenge.
async fn play(gateway: impl Future<Output = FakeGateway>, frames: &[(bool, Value)]) -> Vec<&Value> {
    let mut gateway = gateway.await;
    let mut ids: HashMap<&str, String> = HashMap::new();
    let mut events = Vec::new();
    for (from_gateway, frame) in frames {
        if *from_gateway {
            let mut frame_now = frame.clone();
            if frame["type"] == "res" {
                frame_now["id"] = json!(ids[frame["id"].as_str().unwrap()]);
            } else if frame["event"] != "connect.challenge" {
                events.push(frame);
            }
            gateway.send(frame_now).await;
        } else {
            let request = gateway.request().await;
            assert_eq!(request.method, frame["method"].as_str().unwrap());
            ids.insert(frame["id"].as_str().unwrap(), request.id);
        }
    }
    gateway.drain().await;
    events
}
