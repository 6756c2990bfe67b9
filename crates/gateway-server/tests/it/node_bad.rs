//! Nodes that do what they should not.

use openclaw_gateway_server::Gateway;
use openclaw_policy::node_commands::NodeCommandRules;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join::{admin, connect, gateway, node, options, params};
use crate::nodes::{approve_all, invoke};
use crate::peer::{Heard, Peer};

const COMMAND: &str = "system.which";

async fn approved(
    gateway: &Gateway,
    device: &Device,
    operator: &mut Peer<DuplexStream>,
) -> Peer<DuplexStream> {
    let mut node = node(gateway, 4, device, &[COMMAND]).await;
    approve_all(operator).await;
    node.event("node.pair.resolved").await;
    node
}

fn result(asked: &Value, device: &Device, payload: &Value) -> Value {
    json!({ "id": asked["id"], "nodeId": device.id(), "ok": true, "payload": payload })
}

#[tokio::test]
async fn answers_twice_with_a_wrong_id_or_for_another_node_count_for_nothing() {
    let gateway = gateway().await;
    let (one, two) = (Device::new(1), Device::new(2));
    let mut operator = admin(&gateway, 4).await;
    let mut node = approved(&gateway, &one, &mut operator).await;
    let mut thief = approved(&gateway, &two, &mut operator).await;
    let id = operator
        .request("node.invoke", invoke(&one, COMMAND, &json!({})))
        .await;
    let asked = node.event("node.invoke.request").await["payload"].clone();
    let wrong = json!({ "id": "made-up" });
    for (peer, params) in [
        (&mut node, result(&wrong, &one, &json!("wrong"))),
        // Another node's call, under its own name.
        (&mut thief, result(&asked, &two, &json!("stolen"))),
    ] {
        let said = peer.call("node.invoke.result", params).await;
        assert_eq!(said["payload"], json!({ "ok": true, "ignored": true }));
    }
    let said = thief
        .call("node.invoke.result", result(&asked, &one, &json!("stolen")))
        .await;
    assert_eq!(said["error"]["message"], "nodeId mismatch");
    node.call("node.invoke.result", result(&asked, &one, &json!("right")))
        .await;
    let twice = node
        .call("node.invoke.result", result(&asked, &one, &json!("twice")))
        .await;
    assert_eq!(twice["payload"]["ignored"], true);
    let done = operator.response(&id).await;
    assert_eq!(done["payload"]["payload"], "right", "{done}");
}

#[tokio::test]
async fn an_answer_of_26_mib_ends_its_connection_and_one_of_24_passes_as_it_is() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = approved(&gateway, &device, &mut operator).await;
    let ask = invoke(&device, COMMAND, &json!({}));
    let id = operator.request("node.invoke", ask.clone()).await;
    let asked = node.event("node.invoke.request").await["payload"].clone();
    let large = "x".repeat(24 * 1024 * 1024);
    let id_text = asked["id"].as_str().unwrap();
    let frame = |ask: &str, text: &str| {
        format!(
            r#"{{"type":"req","id":"big","method":"node.invoke.result","params":{{"id":"{ask}","nodeId":"{}","ok":true,"payloadJSON":"{{\"b\": 1,\"a\":\"{text}\"}}"}}}}"#,
            device.id()
        )
    };
    let (_, done) = tokio::join!(
        node.send_text(frame(id_text, &large)),
        operator.response(&id)
    );
    let payload = done["payload"]["payloadJSON"].as_str().unwrap();
    assert!(payload.starts_with(r#"{"b": 1,"a":"xxx"#), "not as it came");
    assert_eq!(payload.len(), large.len() + r#"{"b": 1,"a":""}"#.len());
    assert_eq!(node.response("big").await["ok"], true);
    // It ran well, and is too large to be kept for a repeat.
    let again = operator.call("node.invoke", ask).await;
    assert_eq!(again["error"]["details"]["code"], "RESULT_NOT_KEPT");
    assert_eq!(again["error"]["details"]["outcome"], "succeeded");

    let id = operator
        .request("node.invoke", invoke(&device, COMMAND, &json!({})))
        .await;
    let asked = node.event("node.invoke.request").await["payload"].clone();
    let larger = "x".repeat(26 * 1024 * 1024);
    let id_text = asked["id"].as_str().unwrap();
    let (_, ended) = tokio::join!(
        node.send_text(frame(id_text, &larger)),
        operator.response(&id)
    );
    assert_eq!(ended["error"]["details"]["outcome"], "unknown", "{ended}");
    assert!(matches!(node.closed().await, Some((1009, _)) | None));
    assert_eq!(operator.call("health", json!({})).await["ok"], true);
}

#[tokio::test]
async fn words_that_are_no_json_are_passed_over_or_wrapped() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = approved(&gateway, &device, &mut operator).await;
    let id = operator
        .request("node.invoke", invoke(&device, COMMAND, &json!({})))
        .await;
    let asked = node.event("node.invoke.request").await["payload"].clone();
    node.send_text("{\"type\":\"req\",\"id\":\"x\",").await;
    node.send_text("\u{0}").await;
    let mut answer = result(&asked, &device, &json!(1));
    answer["payload"] = Value::Null;
    answer["payloadJSON"] = json!("{\"half\":");
    node.call("node.invoke.result", answer).await;
    let done = operator.response(&id).await["payload"].clone();
    assert_eq!(done["payload"], json!({ "payloadJSON": "{\"half\":" }));
    assert_eq!(done["payloadJSON"], "{\"half\":");
}

#[tokio::test]
async fn a_flood_of_events_is_answered_and_not_passed_on() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, &[]).await;
    tokio::time::pause();
    let stats = json!({ "cpuCount": 2, "memoryTotalBytes": 8, "memoryFreeBytes": 4 });
    let event = json!({ "event": "node.host.stats", "payload": stats });
    let (mut passed, mut held) = (0, 0);
    for _ in 0..500 {
        let said = node.call("node.event", event.clone()).await["payload"].clone();
        assert_eq!(said["ok"], true);
        match said["reason"].as_str() {
            Some("updated") => passed += 1,
            Some("rate_limited") => held += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((100..200).contains(&passed), "{passed} passed, {held} held");
    let id = operator.request("health", json!({})).await;
    let mut told = 0;
    loop {
        match operator.hear().await {
            Heard::Frame(frame) if frame["event"] == "node.hostStats" => told += 1,
            Heard::Frame(frame) if frame["id"] == id => break,
            Heard::Frame(_) | Heard::Ping => {}
            ended => panic!("{ended:?}"),
        }
    }
    assert_eq!(told, passed);
    // A long name is not repeated whole.
    tokio::time::advance(std::time::Duration::from_secs(20)).await;
    let said = node
        .call("node.event", json!({ "event": "é".repeat(5000) }))
        .await;
    assert_eq!(said["payload"]["event"], "é".repeat(64));
    assert_eq!(said["payload"]["reason"], "unsupported_event");
    let said = node.call("node.event", json!({ "event": "" })).await;
    assert_eq!(said["error"]["code"], "INVALID_REQUEST");
}

#[tokio::test]
async fn ten_thousand_commands_are_too_many_for_a_stranger_and_few_stay_of_many() {
    let mut options = options();
    options.node_commands = NodeCommandRules {
        allow: (0..2000).map(|n| format!("c{n}")).collect(),
        deny: vec!["c1".to_owned()],
    };
    let gateway = Gateway::builder(options).start().await.unwrap();
    let mut operator = admin(&gateway, 4).await;
    let declares = |most: u32| {
        let mut asks = params(4, "node-host", "node", "node");
        asks["commands"] = (0..most).map(|n| format!("c{n}")).collect();
        asks
    };
    // More than an unauthenticated client may send.
    let mut peer = Peer::over(gateway.in_memory(), &crate::peer::Ask::default())
        .await
        .unwrap();
    peer.request("connect", declares(10_000)).await;
    assert_eq!(peer.closed().await.map(|(code, _)| code), Some(1009));
    let (_node, hello) = connect(&gateway, declares(2000), Some(&Device::new(1))).await;
    assert_eq!(hello["ok"], true, "{hello}");
    let pending = operator.call("node.pair.list", json!({})).await["payload"]["pending"][0].clone();
    let commands = pending["commands"].as_array().unwrap();
    assert!(commands.len() <= 512, "{}", commands.len());
    assert!(
        !commands.contains(&json!("c1")),
        "a denied command is not declared"
    );
}

#[tokio::test]
async fn a_denied_command_is_refused_whatever_is_approved() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let node = approved(&gateway, &device, &mut operator).await;
    drop(node);
    let mut strict = options();
    strict.node_commands.deny = vec![COMMAND.to_owned()];
    gateway.reload(&strict);
    let _node = crate::join::node(&gateway, 4, &device, &[COMMAND]).await;
    let refused = operator
        .call("node.invoke", invoke(&device, COMMAND, &json!({})))
        .await;
    assert_eq!(
        refused["error"]["details"]["reason"],
        "command not allowlisted"
    );
    let row = &operator.call("node.list", json!({})).await["payload"]["nodes"][0];
    assert_eq!(row["commands"], json!([]));
}

#[tokio::test]
async fn a_node_that_reads_nothing_costs_its_own_calls_and_nobody_elses() {
    let gateway = gateway().await;
    let (slow, good) = (Device::new(1), Device::new(2));
    let mut operator = admin(&gateway, 4).await;
    let _slow = approved(&gateway, &slow, &mut operator).await;
    let mut node = approved(&gateway, &good, &mut operator).await;
    // What the pipe and the outbox of the slow node take, and more.
    let blob = "x".repeat(8 * 1024 * 1024);
    let mut ids = Vec::new();
    for _ in 0..10 {
        let ask = invoke(&slow, COMMAND, &json!({ "params": blob, "timeoutMs": 0 }));
        ids.push(operator.request("node.invoke", ask).await);
    }
    let refused = operator.next_response().await;
    let details = &refused["error"]["details"];
    assert_eq!(
        (&details["code"], &details["outcome"]),
        (&json!("BUSY"), &json!("not-dispatched")),
        "{refused}"
    );
    assert_eq!(refused["error"]["retryable"], true);
    let id = operator
        .request("node.invoke", invoke(&good, COMMAND, &json!({})))
        .await;
    let asked = node.event("node.invoke.request").await["payload"].clone();
    node.call("node.invoke.result", result(&asked, &good, &json!(1)))
        .await;
    assert_eq!(operator.response(&id).await["payload"]["payload"], json!(1));
    let list = operator.call("node.list", json!({})).await["payload"]["nodes"].clone();
    let connected = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["connected"] == true);
    assert_eq!(connected.count(), 2, "the slow node is still there");
}

#[tokio::test]
async fn a_node_that_stays_away_from_the_newest_connection_is_not_asked() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut old = approved(&gateway, &device, &mut operator).await;
    let mut new = node(&gateway, 4, &device, &[COMMAND]).await;
    let id = operator
        .request("node.invoke", invoke(&device, COMMAND, &json!({})))
        .await;
    let asked = new.event("node.invoke.request").await["payload"].clone();
    // The older connection of the same identity knows the id, and may not answer for the newer.
    let said = old
        .call("node.invoke.result", result(&asked, &device, &json!("old")))
        .await;
    assert_eq!(said["payload"]["ignored"], true);
    for method in ["node.pluginTools.update", "node.skills.update"] {
        let params = if method.contains("Tools") {
            json!({ "tools": [] })
        } else {
            json!({ "skills": [] })
        };
        let refused = old.call(method, params).await;
        assert_eq!(refused["error"]["message"], "unknown nodeId", "{method}");
    }
    let stale = json!({ "event": "node.presence.alive" });
    let said = old.call("node.event", stale).await;
    assert_eq!(said["payload"]["reason"], "stale_connection");
    drop(old);
    new.call("node.invoke.result", result(&asked, &device, &json!("new")))
        .await;
    assert_eq!(operator.response(&id).await["payload"]["payload"], "new");
    let row = &operator.call("node.list", json!({})).await["payload"]["nodes"][0];
    assert_eq!(row["connected"], true);
}
