//! Events that the real Gateways sent.

use std::collections::BTreeMap;

use openclaw_protocol::Event;
use openclaw_protocol::events as e;
use serde_json::Value;

use crate::results::samples;
use crate::round_trip::through;

const RUNS: [(&str, &str); 2] = [
    ("2026.2", include_str!("../vectors/chat-run-2026.2.jsonl")),
    ("2026.9", include_str!("../vectors/chat-run-2026.9.jsonl")),
];

macro_rules! payloads {
    ($name:expr, $payload:expr; $($event:path),+ $(,)?) => {
        match $name {
            $( <$event as Event>::NAME => Some(through::<<$event as Event>::Payload>($payload)), )+
            _ => None,
        }
    };
}

fn again(name: &str, payload: &Value) -> Option<Value> {
    payloads!(name, payload;
        e::agent::Agent,
        e::chat::Chat,
        e::connect::challenge::ConnectChallenge,
        e::cron::Cron,
        e::device::pair::changed::DevicePairChanged,
        e::exec::approval::requested::ExecApprovalRequested,
        e::health::Health,
        e::heartbeat::Heartbeat,
        e::node::invoke::cancel::NodeInvokeCancel,
        e::node::invoke::request::NodeInvokeRequest,
        e::node::pair::resolved::NodePairResolved,
        e::node::presence::NodePresence,
        e::presence::Presence,
        e::shutdown::Shutdown,
        e::talk::mode::TalkMode,
        e::tick::Tick,
        e::update::available::UpdateAvailable,
        e::voicewake::changed::VoicewakeChanged,
        e::voicewake::routing::changed::VoicewakeRoutingChanged,
    )
}

/// Every event frame of a recorded run: name and payload.
fn recorded(text: &str) -> Vec<(String, Value)> {
    text.lines()
        .filter_map(|line| {
            let frame = serde_json::from_str::<Value>(line).unwrap()["frame"].take();
            (frame["type"] == "event").then(|| {
                (
                    frame["event"].as_str().unwrap().to_owned(),
                    frame["payload"].clone(),
                )
            })
        })
        .collect()
}

#[test]
fn recorded_events_survive_a_round_trip() {
    let mut counts = BTreeMap::new();
    for (release, text) in RUNS {
        for (name, payload) in recorded(text) {
            // `task` is not declared here.
            let Some(again) = again(&name, &payload) else {
                assert_eq!(name, "task");
                continue;
            };
            assert_eq!(again, payload, "{name} of {release}");
            *counts.entry((release, name)).or_insert(0) += 1;
        }
    }
    let count = |release, name: &str| counts[&(release, name.to_owned())];
    assert_eq!(
        [count("2026.2", "agent"), count("2026.2", "chat")],
        [55, 38]
    );
    assert_eq!(
        [count("2026.9", "agent"), count("2026.9", "chat")],
        [114, 62]
    );
}

#[test]
fn single_events_survive_a_round_trip() {
    let mut seen = 0;
    for sample in samples() {
        let Some(name) = &sample.event else { continue };
        let again = again(name, &sample.payload).unwrap_or_else(|| panic!("{name} has no check"));
        assert_eq!(again, sample.payload, "{name} of {}", sample.release);
        seen += 1;
    }
    assert_eq!(seen, 14);
}

#[test]
fn words_of_runs_are_all_known() {
    for (release, text) in RUNS {
        for (name, payload) in recorded(text) {
            match name.as_str() {
                "agent" => {
                    let event: e::agent::AgentPayload = serde_json::from_value(payload).unwrap();
                    assert!(event.stream.is_known(), "{} of {release}", event.stream);
                }
                "chat" => {
                    let event: e::chat::ChatPayload = serde_json::from_value(payload).unwrap();
                    assert!(event.state.is_known(), "{} of {release}", event.state);
                    assert!(event.rest.is_empty(), "{:?} of {release}", event.rest);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn the_text_of_a_reply_is_read() {
    for (release, text) in RUNS {
        let last = recorded(text)
            .into_iter()
            .filter(|(name, payload)| name == "chat" && payload["state"] == "final")
            .filter_map(|(_, payload)| {
                serde_json::from_value::<e::chat::ChatPayload>(payload)
                    .unwrap()
                    .message
            })
            .next();
        assert_eq!(
            last.unwrap().plain_text(),
            "Hello from the fake model.",
            "{release}"
        );
    }
}

#[test]
fn broken_events_are_refused() {
    for (name, payload) in [
        ("agent", r#"{"runId":"r","stream":"tool","ts":1,"data":{}}"#),
        (
            "agent",
            r#"{"runId":"r","seq":-1,"stream":"tool","ts":1,"data":{}}"#,
        ),
        ("chat", r#"{"runId":"r","sessionKey":"s","seq":1}"#),
        ("tick", r#"{"ts":"now"}"#),
        ("presence", r#"{"presence":{}}"#),
    ] {
        let read = match name {
            "agent" => serde_json::from_str::<e::agent::AgentPayload>(payload).is_ok(),
            "chat" => serde_json::from_str::<e::chat::ChatPayload>(payload).is_ok(),
            "tick" => serde_json::from_str::<e::tick::TickPayload>(payload).is_ok(),
            _ => serde_json::from_str::<e::presence::PresencePayload>(payload).is_ok(),
        };
        assert!(!read, "{name} {payload}");
    }
}
