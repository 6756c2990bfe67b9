//! `sessions.subscribe`, `sessions.messages.subscribe`, and the events that follow.

use serde_json::{Value, json};

use super::{Client, house, message, ok, operator, refused, say};
use crate::device::Device;
use crate::join;
use crate::peer::Heard;

/// The events of sessions that a client hears until a call of its own is answered.
async fn heard(peer: &mut Client) -> Vec<Value> {
    let id = peer.request("health", json!({})).await;
    let mut events = Vec::new();
    loop {
        match peer.hear().await {
            Heard::Frame(frame) if frame["id"] == id => return events,
            Heard::Frame(frame) => {
                let name = frame["event"].as_str().unwrap_or_default();
                if name.starts_with("session") {
                    events.push(frame);
                }
            }
            Heard::Ping => {}
            ended => panic!("{ended:?}"),
        }
    }
}

fn words(events: &[Value]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let payload = &event["payload"];
            let word = payload["reason"].as_str().or(payload["phase"].as_str());
            match event["event"].as_str().unwrap() {
                "session.message" => {
                    format!("message {}", payload["message"]["role"].as_str().unwrap())
                }
                _ => word.unwrap().to_owned(),
            }
        })
        .collect()
}

#[tokio::test]
async fn who_subscribed_hears_of_sessions_and_messages() {
    let house = house().await;
    let mut watcher = join::admin(&house.gateway, 4).await;
    let bare = ok(&mut watcher, "sessions.subscribe", json!({})).await;
    assert_eq!(bare, json!({"subscribed": true}));
    let listed = ok(&mut watcher, "sessions.subscribe", json!({"limit": 5})).await;
    assert_eq!(listed["list"]["count"], 0);
    let mut peer = join::admin(&house.gateway, 4).await;
    ok(&mut peer, "sessions.create", json!({"key": "trip"})).await;
    ok(
        &mut peer,
        "sessions.patch",
        json!({"key": "trip", "label": "x"}),
    )
    .await;
    say(&mut peer, "trip", "hello").await;
    ok(&mut peer, "sessions.reset", json!({"key": "trip"})).await;
    ok(&mut peer, "sessions.delete", json!({"key": "trip"})).await;
    let events = heard(&mut watcher).await;
    assert_eq!(
        words(&events),
        [
            "create",
            "patch",
            "message user",
            "start",
            "message assistant",
            "end",
            "reset",
            "delete"
        ]
    );
    for event in &events {
        assert_eq!(event["payload"]["sessionKey"], "agent:main:trip");
        assert!(event.get("seq").is_none(), "for subscribers alone: {event}");
    }
    assert_eq!(events[1]["payload"]["session"]["label"], "x");
    assert_eq!(events[2]["payload"]["messageSeq"], 1);
    assert_eq!(
        events[4]["payload"]["message"]["content"][0]["text"],
        "you said hello"
    );
    assert!(events[7]["payload"]["sessionId"].is_string());
    assert_eq!(
        heard(&mut peer).await,
        Vec::<Value>::new(),
        "it asked for nothing"
    );
}

#[tokio::test]
async fn one_session_is_watched_singly() {
    let house = house().await;
    let mut watcher = join::admin(&house.gateway, 4).await;
    let wish = json!({"key": "one"});
    let on = ok(&mut watcher, "sessions.messages.subscribe", wish.clone()).await;
    assert_eq!(on, json!({"subscribed": true, "key": "agent:main:one"}));
    let mut peer = join::admin(&house.gateway, 4).await;
    say(&mut peer, "one", "a").await;
    say(&mut peer, "two", "b").await;
    let events = heard(&mut watcher).await;
    assert_eq!(words(&events), ["message user", "message assistant"]);
    let off = ok(&mut watcher, "sessions.messages.unsubscribe", wish).await;
    assert_eq!(off["subscribed"], false);
    say(&mut peer, "one", "c").await;
    assert_eq!(heard(&mut watcher).await, Vec::<Value>::new());
}

#[tokio::test]
async fn subscriptions_do_not_widen_what_one_may_hear() {
    let house = house().await;
    let mut older = join::admin(&house.gateway, 3).await;
    for method in ["sessions.subscribe", "sessions.messages.subscribe"] {
        let error = refused(&mut older, method, json!({"key": "main"})).await;
        assert!(message(&error).contains("unknown method"), "{error}");
    }
    let mut reader = operator(&house, &["operator.read"]).await;
    let wish = json!({"key": "main", "includeApprovals": true});
    let error = refused(&mut reader, "sessions.messages.subscribe", wish).await;
    assert!(message(&error).contains("operator.approvals"), "{error}");
    let mut pairing = operator(&house, &["operator.pairing"]).await;
    let error = refused(&mut pairing, "sessions.subscribe", json!({})).await;
    assert_eq!(error["code"], "FORBIDDEN");
    let mut node = join::node(&house.gateway, 4, &Device::new(9), &[]).await;
    let error = refused(&mut node, "sessions.subscribe", json!({})).await;
    assert!(message(&error).contains("unauthorized role"), "{error}");
}

#[tokio::test]
async fn one_connection_does_not_watch_everything_singly() {
    let house = house().await;
    let mut peer = join::admin(&house.gateway, 4).await;
    for n in 0..256 {
        ok(
            &mut peer,
            "sessions.messages.subscribe",
            json!({"key": format!("s{n}")}),
        )
        .await;
    }
    let error = refused(
        &mut peer,
        "sessions.messages.subscribe",
        json!({"key": "more"}),
    )
    .await;
    assert!(message(&error).contains("too many sessions"), "{error}");
    let error = refused(
        &mut peer,
        "sessions.messages.subscribe",
        json!({"key": "agent::"}),
    )
    .await;
    assert!(message(&error).contains("agent:ID:NAME"), "{error}");
}
