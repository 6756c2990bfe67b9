//! The recorded runs of both releases, replayed: the same requests bring the same events in the
//! same order, with the same members.

use std::collections::BTreeSet;
use std::time::Duration;

use openclaw_agent::testing::{FakeModel, recorded};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::peer::{Heard, Peer};
use crate::runs::{agents_of, connect_with, gateway_with};

const V3: &str = include_str!("../../../protocol/tests/vectors/chat-run-2026.2.jsonl");
const V4: &str = include_str!("../../../protocol/tests/vectors/chat-run-2026.9.jsonl");

/// Between two words, as recorded.
const PACE: Duration = Duration::from_millis(120);

/// Frames of a case as they were recorded, in their order: events of runs, and responses.
fn frames(generation: u64, case: &str) -> Vec<Value> {
    let text = if generation == 3 { V3 } else { V4 };
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["case"] == case && line["dir"] == "g2c")
        .map(|line| line["frame"].clone())
        .filter(is_of_run)
        .collect()
}

fn is_of_run(frame: &Value) -> bool {
    frame["type"] == "res" || frame["event"] == "agent" || frame["event"] == "chat"
}

fn members(value: &Value) -> BTreeSet<String> {
    let object = value.as_object();
    object
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect()
}

/// What a frame is, without what differs from run to run.
fn word(frame: &Value) -> String {
    if frame["type"] == "res" {
        return format!("res {}", frame["ok"]);
    }
    let payload = &frame["payload"];
    let at = match frame["event"].as_str().unwrap() {
        "agent" => format!(
            "agent {} {} {} {}",
            payload["stream"].as_str().unwrap(),
            payload["data"]["kind"].as_str().unwrap_or_default(),
            payload["data"]["phase"].as_str().unwrap_or_default(),
            // A model begins, or none is at work any more.
            match payload["data"].get("model") {
                Some(Value::Null) => "none",
                _ => "",
            },
        ),
        _ => format!(
            "chat {} {}",
            payload["state"].as_str().unwrap(),
            payload["phase"].as_str().unwrap_or_default(),
        ),
    };
    at.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many words fall into one event depends on the clock; a stretch of speech counts as one.
fn words(frames: &[Value]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for frame in frames {
        let word = word(frame);
        let is_speech = word == "agent assistant" || word == "chat delta";
        let word = if is_speech { "speaks".to_owned() } else { word };
        if !(is_speech && out.last() == Some(&word)) {
            out.push(word);
        }
    }
    out
}

/// Members that only the recorded frames have, or only ours, by what the frame is.
fn known_difference(word: &str, member: &str) -> bool {
    match (word, member) {
        // Why a run failed is told to people of protocol 3 too.
        ("chat final", "message" | "errorMessage") => true,
        ("agent lifecycle finishing", "replayInvalid" | "stopReason") => true,
        // How a command ended that no signal ended.
        ("agent command_output end", "cwd") => true,
        _ => false,
    }
}

/// Every kind of frame has the members that were recorded.
fn assert_members(ours: &[Value], theirs: &[Value], case: &str) {
    for theirs in theirs {
        let word = word(theirs);
        if theirs["type"] == "res" {
            continue;
        }
        let ours = ours.iter().find(|ours| self::word(ours) == word);
        let ours = ours.unwrap_or_else(|| panic!("{case}: no {word}"));
        for (ours, theirs) in [
            (&ours["payload"], &theirs["payload"]),
            (&ours["payload"]["data"], &theirs["payload"]["data"]),
        ] {
            // Protocol 4 repeats the row of the session in what tools say; here it comes with
            // `sessions.changed` alone. What we do say stands there too.
            let has_row = word.starts_with("agent tool") && theirs.get("session").is_some();
            let (ours, theirs) = (members(ours), members(theirs));
            let missing = theirs.difference(&ours).filter(|_| !has_row);
            let differ: Vec<&String> = ours
                .difference(&theirs)
                .chain(missing)
                .filter(|member| !known_difference(&word, member))
                .collect();
            assert!(
                differ.is_empty(),
                "{case}: {word}: {differ:?}\n{ours:?}\n{theirs:?}"
            );
        }
    }
}

/// The frames of runs until one of this kind.
async fn until(peer: &mut Peer<DuplexStream>, last: &str) -> Vec<Value> {
    let mut found = Vec::new();
    loop {
        match peer.hear().await {
            Heard::Frame(frame) if is_of_run(&frame) => {
                let is_last = word(&frame) == last;
                found.push(frame);
                if is_last {
                    return found;
                }
            }
            Heard::Frame(_) | Heard::Ping => {}
            ended => panic!("{ended:?} after {:?}", words(&found)),
        }
    }
}

struct Scene {
    peer: Peer<DuplexStream>,
    _gateway: openclaw_gateway_server::Gateway,
    _model: FakeModel,
}

async fn scene(generation: u64, verbose: &str) -> Scene {
    let model = FakeModel::start(|asked| recorded(asked, PACE)).await;
    let mut agents = agents_of(&model);
    verbose.clone_into(&mut agents.agents[0].verbose);
    let gateway = gateway_with(agents).await;
    let peer = connect_with(&gateway, generation, &["tool-events"]).await;
    Scene {
        peer,
        _gateway: gateway,
        _model: model,
    }
}

async fn send(peer: &mut Peer<DuplexStream>, message: &str, key: &str) {
    let params = json!({
        "sessionKey": "agent:main:main", "message": message, "idempotencyKey": key,
    });
    peer.request("chat.send", params).await;
}

/// Chat deltas belong to the event before them, texts grow, and numbers count up.
fn assert_sound(frames: &[Value]) {
    let mut last = 0;
    let mut text = String::new();
    for frame in frames {
        let payload = &frame["payload"];
        match frame["event"].as_str() {
            Some("agent") => {
                let seq = payload["seq"].as_u64().unwrap();
                assert!(seq > last, "{frame}");
                last = seq;
                if payload["stream"] == "assistant" {
                    let delta = payload["data"]["delta"].as_str().unwrap();
                    let whole = payload["data"]["text"].as_str().unwrap();
                    assert!(whole.ends_with(delta), "{frame}");
                    if payload["data"]["replace"] != true {
                        assert_eq!(
                            whole,
                            if whole == delta {
                                delta.to_owned()
                            } else {
                                format!("{text}{delta}")
                            }
                        );
                    }
                    whole.clone_into(&mut text);
                }
            }
            Some("chat") if payload["state"] == "delta" => {
                assert_eq!(payload["seq"].as_u64(), Some(last), "{frame}");
                let shown = payload["message"]["content"][0]["text"].as_str().unwrap();
                assert!(shown.ends_with(&text), "{frame}");
            }
            _ => {}
        }
    }
}

async fn compare(generation: u64, case: &str, message: &str, verbose: &str) {
    let mut scene = scene(generation, verbose).await;
    let key = format!("idem-{case}");
    send(&mut scene.peer, message, &key).await;
    let ours = until(&mut scene.peer, "chat final").await;
    let theirs = frames(generation, case);
    assert_eq!(
        words(&ours),
        words(&theirs),
        "{case} in protocol {generation}"
    );
    assert_members(&ours, &theirs, case);
    assert_sound(&ours);
    assert_eq!(ours[0]["payload"]["runId"], key.as_str());
    assert_eq!(ours[0]["payload"]["status"], "started");
    let (ours, theirs) = (ours.last().unwrap(), theirs.last().unwrap());
    assert_eq!(
        ours["payload"]["message"]["content"],
        theirs["payload"]["message"]["content"]
    );
}

const TOOL: &str = r#"TOOL[exec]{"command":"echo hi-from-tool"}"#;

#[tokio::test]
async fn a_plain_run_in_protocol_3() {
    compare(3, "plain", "hello there", "full").await;
}

#[tokio::test]
async fn a_plain_run_in_protocol_4() {
    compare(4, "plain", "hello there", "full").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_tool_run_in_protocol_3() {
    compare(3, "tool", TOOL, "full").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_tool_run_in_protocol_3_whose_session_shows_no_tools() {
    compare(3, "tool-noverbose", TOOL, "off").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_tool_run_in_protocol_4() {
    compare(4, "tool", TOOL, "full").await;
}

/// A run without end is stopped after some words.
async fn stopped(generation: u64, case: &str) {
    let mut scene = scene(generation, "full").await;
    let peer = &mut scene.peer;
    send(peer, "SLOW please", "idem-slow").await;
    let mut ours = until(peer, "chat delta").await;
    ours.extend(until(peer, "chat delta").await);
    if case == "abort" {
        let params = json!({ "sessionKey": "agent:main:main", "runId": "idem-slow" });
        peer.request("chat.abort", params).await;
    } else {
        send(peer, "/stop", "idem-stop").await;
    }
    let theirs = frames(generation, case);
    if generation == 3 {
        ours.extend(until(peer, "res true").await);
        assert_eq!(words(&ours), words(&theirs), "{case}");
    } else {
        // The response comes somewhere among the last events.
        ours.extend(until(peer, "agent lifecycle error").await);
        let without = |frames: &[Value]| -> Vec<String> {
            let mut words = words(frames);
            words.retain(|word| word != "res true");
            words
        };
        assert_eq!(without(&ours), without(&theirs), "{case}");
        let position = |kind: &str| ours.iter().rposition(|frame| word(frame) == kind);
        assert!(position("chat aborted") < position("res true"), "{case}");
    }
    assert_members(&ours, &theirs, case);
    let aborted = ours
        .iter()
        .find(|frame| word(frame) == "chat aborted")
        .unwrap();
    let recorded = theirs
        .iter()
        .find(|frame| word(frame) == "chat aborted")
        .unwrap();
    assert_eq!(
        aborted["payload"]["stopReason"],
        recorded["payload"]["stopReason"]
    );
    let answer = ours
        .iter()
        .rev()
        .find(|frame| frame["type"] == "res")
        .unwrap();
    assert_eq!(
        answer["payload"],
        json!({ "ok": true, "aborted": true, "runIds": ["idem-slow"] })
    );
}

#[tokio::test]
async fn an_aborted_run_in_protocol_3() {
    stopped(3, "abort").await;
}

#[tokio::test]
async fn an_aborted_run_in_protocol_4() {
    stopped(4, "abort").await;
}

#[tokio::test]
async fn a_stop_word_in_protocol_3() {
    stopped(3, "stop-command").await;
}

#[tokio::test]
async fn a_stop_word_in_protocol_4() {
    stopped(4, "stop-command").await;
}

#[tokio::test]
async fn a_model_that_fails_in_protocol_3() {
    let mut scene = scene(3, "full").await;
    send(&mut scene.peer, "FAILME now", "idem-error").await;
    let ours = until(&mut scene.peer, "chat final").await;
    let theirs = frames(3, "error");
    assert_eq!(words(&ours), words(&theirs));
    assert_members(&ours, &theirs, "error");
    // Unlike then, people are told why.
    let last = &ours.last().unwrap()["payload"];
    let told = last["errorMessage"].as_str().unwrap();
    assert!(
        told.contains("scripted failure") && told.contains("fake/fake-1"),
        "{told}"
    );
    assert_eq!(last["message"]["content"][0]["text"], told);
}

#[tokio::test]
async fn a_model_that_fails_in_protocol_4() {
    let mut scene = scene(4, "full").await;
    send(&mut scene.peer, "FAILME now", "idem-error").await;
    let ours = until(&mut scene.peer, "chat error").await;
    let theirs = frames(4, "error");
    // It was recorded until its fourth failure; this Gateway gives up there.
    let fourth = |frames: &[Value]| {
        let mut failures = frames
            .iter()
            .enumerate()
            .filter(|(_, frame)| word(frame) == "agent lifecycle finishing");
        failures.nth(3).map(|(at, _)| at).unwrap()
    };
    let (end, recorded) = (fourth(&ours), fourth(&theirs));
    assert_eq!(words(&ours[..=end]), words(&theirs[..=recorded]));
    assert_eq!(
        words(&ours[end..]),
        [
            "agent lifecycle finishing",
            "agent lifecycle model none",
            "agent lifecycle error",
            "chat error"
        ]
    );
    let last = &ours.last().unwrap()["payload"];
    assert!(
        last["errorMessage"]
            .as_str()
            .unwrap()
            .contains("scripted failure")
    );
    assert_eq!(last["errorKind"], "server_error");
}

async fn agent_call(generation: u64) {
    let mut scene = scene(generation, "full").await;
    let peer = &mut scene.peer;
    let params = json!({
        "message": "hello agent", "sessionKey": "agent:main:main", "idempotencyKey": "ag-1",
    });
    peer.request("agent", params).await;
    let mut ours = until(peer, "res true").await;
    ours.extend(until(peer, "res true").await);
    let theirs = frames(generation, "agent");
    assert_eq!(words(&ours), words(&theirs));
    assert_members(&ours, &theirs, "agent");
    let (first, last) = (&ours[0]["payload"], &ours.last().unwrap()["payload"]);
    let (was_first, was_last) = (&theirs[0]["payload"], &theirs.last().unwrap()["payload"]);
    assert_eq!(members(first), members(was_first));
    assert_eq!(members(last), members(was_last));
    assert_eq!(last["result"]["payloads"], was_last["result"]["payloads"]);
    let usage = |payload: &Value| payload["result"]["meta"]["agentMeta"]["usage"]["total"].clone();
    assert_eq!(usage(last), usage(was_last));

    let answer = peer
        .call("agent.wait", json!({ "runId": "ag-1", "timeoutMs": 2000 }))
        .await;
    let waited = frames(generation, "agent.wait");
    let waited = &waited.iter().find(|frame| frame["type"] == "res").unwrap()["payload"];
    for member in members(waited) {
        assert!(
            answer["payload"].get(&member).is_some(),
            "{member}: {answer}"
        );
    }
    assert_eq!(answer["payload"]["status"], "ok");
}

#[tokio::test]
async fn an_agent_call_in_protocol_3() {
    agent_call(3).await;
}

#[tokio::test]
async fn an_agent_call_in_protocol_4() {
    agent_call(4).await;
}
