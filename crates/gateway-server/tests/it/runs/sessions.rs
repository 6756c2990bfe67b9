//! One run at a time in a session, several sessions at once; runs that are stopped, repeated, or
//! found again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_agent::model::Timeouts;
use openclaw_agent::testing::{Act, FakeModel};
use openclaw_gateway_server::Gateway;
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::sync::watch;

use super::{agents_of, connect_with, gateway_with};
use crate::peer::Peer;

/// A model that begins to speak and ends only when it is let go on.
struct Slow {
    model: FakeModel,
    asked: watch::Receiver<usize>,
}

impl Slow {
    async fn start() -> Self {
        let (count, asked) = watch::channel(0);
        let total = Arc::new(AtomicUsize::new(0));
        let model = FakeModel::start(move |asked| {
            count.send_replace(total.fetch_add(1, Ordering::SeqCst) + 1);
            if asked.question.contains("endless") {
                return vec![Act::text("On and on "), Act::Stall];
            }
            vec![Act::text(format!("You said {}.", asked.question.trim()))]
        })
        .await;
        Self { model, asked }
    }

    async fn asked(&mut self, times: usize) {
        self.asked.wait_for(|asked| *asked >= times).await.unwrap();
    }
}

async fn house() -> (Slow, Gateway, Peer<DuplexStream>) {
    let slow = Slow::start().await;
    let mut agents = agents_of(&slow.model);
    agents.providers[0].timeouts = Timeouts::default();
    let gateway = gateway_with(agents).await;
    let person = connect_with(&gateway, 4, &[]).await;
    (slow, gateway, person)
}

async fn send(person: &mut Peer<DuplexStream>, session: &str, text: &str, key: &str) -> Value {
    let params = json!({ "sessionKey": session, "message": text, "idempotencyKey": key });
    person.call("chat.send", params).await
}

/// How a run ended: state and text.
async fn end(person: &mut Peer<DuplexStream>, run: &str) -> (String, String) {
    loop {
        let chat = person.event("chat").await["payload"].clone();
        let state = chat["state"].as_str().unwrap().to_owned();
        if chat["runId"] == run && ["final", "error", "aborted"].contains(&state.as_str()) {
            let text = chat["message"]["content"][0]["text"].as_str();
            return (state, text.unwrap_or_default().to_owned());
        }
    }
}

#[tokio::test]
async fn a_second_message_waits_for_the_first_and_other_sessions_do_not() {
    let (mut slow, _gateway, mut person) = house().await;
    send(&mut person, "main", "endless", "r1").await;
    slow.asked(1).await;
    send(&mut person, "main", "second", "r2").await;
    // Another session is served meanwhile; the second message of this one is not.
    send(&mut person, "agent:main:other", "elsewhere", "r3").await;
    let (state, text) = end(&mut person, "r3").await;
    assert_eq!(
        (state.as_str(), text.contains("elsewhere")),
        ("final", true),
        "{text}"
    );
    assert_eq!(slow.model.asked().len(), 2);
    let params = json!({ "sessionKey": "main", "runId": "r1" });
    let stopped = person.call("chat.abort", params).await;
    assert_eq!(stopped["payload"]["runIds"], json!(["r1"]), "{stopped}");
    let (state, text) = end(&mut person, "r2").await;
    assert_eq!(
        (state.as_str(), text.contains("second")),
        ("final", true),
        "{text}"
    );
}

#[tokio::test]
async fn a_run_that_waits_is_stopped_before_it_asks_the_model() {
    let (mut slow, _gateway, mut person) = house().await;
    send(&mut person, "main", "endless", "r1").await;
    slow.asked(1).await;
    send(&mut person, "main", "never asked", "r2").await;
    let params = json!({ "sessionKey": "main", "runId": "r2" });
    let stopped = person.call("chat.abort", params).await;
    assert_eq!(stopped["payload"]["aborted"], true, "{stopped}");
    let stopped = person
        .call("chat.abort", json!({ "sessionKey": "main" }))
        .await;
    assert_eq!(stopped["payload"]["runIds"], json!(["r1"]), "{stopped}");
    send(&mut person, "main", "third", "r3").await;
    end(&mut person, "r3").await;
    let asked = slow.model.asked();
    assert!(
        asked
            .iter()
            .all(|asked| !asked.question.contains("never asked"))
    );
    let none = person
        .call("chat.abort", json!({ "sessionKey": "main" }))
        .await;
    assert_eq!(none["payload"]["aborted"], false, "{none}");
}

#[tokio::test]
async fn a_key_that_comes_twice_is_one_run() {
    let (slow, _gateway, mut person) = house().await;
    let first = send(&mut person, "main", "once", "same").await;
    assert_eq!(first["payload"]["runId"], "same", "{first}");
    end(&mut person, "same").await;
    let again = send(&mut person, "main", "once", "same").await;
    assert_eq!(
        (&again["ok"], &again["payload"]["runId"]),
        (&json!(true), &json!("same"))
    );
    let waited = json!({ "runId": "same", "timeoutMs": 1000 });
    let waited = person.call("agent.wait", waited).await;
    assert_eq!(waited["payload"]["status"], "ok", "{waited}");
    assert_eq!(slow.model.asked().len(), 1);
    let nobody = json!({ "runId": "nobody", "timeoutMs": 1 });
    let nobody = person.call("agent.wait", nobody).await;
    assert_ne!(nobody["payload"]["status"], "ok", "{nobody}");
}

#[tokio::test]
async fn a_run_ends_in_its_time() {
    let (_slow, _gateway, mut person) = house().await;
    let params = json!({
        "sessionKey": "main", "message": "endless", "idempotencyKey": "r1", "timeoutMs": 300,
    });
    person.call("chat.send", params).await;
    let (state, _) = end(&mut person, "r1").await;
    assert_ne!(state, "final");
    send(&mut person, "main", "after it", "r2").await;
    assert_eq!(end(&mut person, "r2").await.0, "final");
}

#[tokio::test]
async fn somebody_who_comes_back_sees_what_is_under_way() {
    let (mut slow, gateway, mut person) = house().await;
    send(&mut person, "main", "endless", "r1").await;
    slow.asked(1).await;
    loop {
        if person.event("chat").await["payload"]["state"] == "delta" {
            break;
        }
    }
    drop(person);
    let mut back = connect_with(&gateway, 4, &[]).await;
    let history = back
        .call("chat.history", json!({ "sessionKey": "main" }))
        .await;
    let told = history["payload"].to_string();
    assert!(told.contains("endless"), "{told}");
    assert!(told.contains("r1") && told.contains("On and on"), "{told}");
    let stopped = back
        .call("chat.abort", json!({ "sessionKey": "main" }))
        .await;
    assert_eq!(stopped["payload"]["runIds"], json!(["r1"]));
}

#[tokio::test]
async fn pictures_reach_the_model_and_what_is_too_large_does_not() {
    const PNG: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    let (slow, _gateway, mut person) = house().await;
    let with = |bytes: &[u8], key: &str| {
        json!({
            "sessionKey": "main", "message": "look", "idempotencyKey": key,
            "attachments": [{
                "type": "image", "mimeType": "image/png", "fileName": "x.png",
                "content": STANDARD.encode(bytes),
            }],
        })
    };
    let said = person.call("chat.send", with(PNG, "r1")).await;
    assert_eq!(said["ok"], true, "{said}");
    assert_eq!(end(&mut person, "r1").await.0, "final");
    assert_eq!(slow.model.asked().len(), 1);
    let large = person
        .call("chat.send", with(&vec![7; 6 << 20], "r2"))
        .await;
    assert_eq!(large["ok"], false, "it was taken");
    let wrong = json!({
        "sessionKey": "main", "message": "look", "idempotencyKey": "r3",
        "attachments": [{ "type": "image", "mimeType": "image/png", "content": "no base64 !" }],
    });
    let wrong = person.call("chat.send", wrong).await;
    assert_eq!(wrong["ok"], false, "{wrong}");
    assert_eq!(slow.model.asked().len(), 1);
}
