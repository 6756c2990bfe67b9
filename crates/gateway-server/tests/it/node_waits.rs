//! What waits for nodes that sleep, what nodes bring along, and what they say by themselves.

use openclaw_gateway_server::Gateway;
use openclaw_policy::node_commands::NodeCommandRules;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join::{admin, connect, gateway, node, options, params};
use crate::nodes::{approve_all, invoke};
use crate::peer::Peer;

async fn enqueue(operator: &mut Peer<DuplexStream>, device: &Device, more: Value) -> Value {
    let mut params = json!({ "nodeId": device.id(), "type": "status.request" });
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    operator.call("node.pending.enqueue", params).await
}

#[tokio::test]
async fn work_waits_for_a_node_and_is_handed_out_once() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    drop(node(&gateway, 4, &device, &[]).await);
    let queued = enqueue(&mut operator, &device, json!({ "wake": true })).await["payload"].clone();
    assert_eq!(
        (&queued["queued"]["type"], &queued["queued"]["priority"]),
        (&json!("status.request"), &json!("normal"))
    );
    assert_eq!(queued["wakeTriggered"], false);
    let again = enqueue(&mut operator, &device, json!({ "priority": "high" })).await;
    assert_eq!(again["payload"]["queued"], queued["queued"]);
    let location = json!({ "type": "location.request", "priority": "high", "expiresInMs": 5000 });
    let second = enqueue(&mut operator, &device, location).await["payload"].clone();
    assert!(second["revision"].as_u64() > queued["revision"].as_u64());

    let mut node = node(&gateway, 4, &device, &[]).await;
    let drained = node
        .call("node.pending.drain", json!({ "maxItems": 1 }))
        .await["payload"]
        .clone();
    assert_eq!(drained["items"], json!([second["queued"]]));
    assert_eq!(drained["hasMore"], true);
    let drained = node.call("node.pending.drain", json!({})).await["payload"].clone();
    assert_eq!(drained["items"], json!([queued["queued"]]));
    assert_eq!(drained["hasMore"], false);
    let drained = node.call("node.pending.drain", json!({})).await["payload"].clone();
    assert_eq!(drained["items"][0]["id"], "baseline-status");
    assert_eq!(drained["items"][0]["expiresAtMs"], Value::Null);
}

#[tokio::test]
async fn work_that_cannot_be_is_refused() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let refused = enqueue(&mut operator, &device, json!({})).await;
    assert_eq!(refused["error"]["details"]["code"], "PAIRING_CHANGED");
    let mut node = node(&gateway, 4, &device, &[]).await;
    for more in [
        json!({ "type": "make.coffee" }),
        json!({ "expiresInMs": 999 }),
        json!({ "expiresInMs": 86_400_001 }),
        json!({ "priority": "default" }),
    ] {
        let refused = enqueue(&mut operator, &device, more.clone()).await;
        assert_eq!(refused["error"]["code"], "INVALID_REQUEST", "{more}");
    }
    for (method, params) in [
        ("node.pending.drain", json!({ "maxItems": 0 })),
        ("node.pending.drain", json!({ "maxItems": 11 })),
        ("node.pending.ack", json!({ "ids": [] })),
        ("node.pending.ack", json!({ "ids": [""] })),
    ] {
        let refused = node.call(method, params.clone()).await;
        assert_eq!(
            refused["error"]["code"], "INVALID_REQUEST",
            "{method} {params}"
        );
    }
    let refused = operator.call("node.pending.drain", json!({})).await;
    assert_eq!(refused["error"]["message"], "unauthorized role: operator");
    // The older connection of an identity has no say any more.
    let mut newer = crate::join::node(&gateway, 4, &device, &[]).await;
    for method in ["node.pending.drain", "node.pending.pull"] {
        let refused = node.call(method, json!({})).await;
        assert_eq!(
            refused["error"]["details"]["code"], "PAIRING_CHANGED",
            "{method}"
        );
        assert_eq!(newer.call(method, json!({})).await["ok"], true, "{method}");
    }
}

/// A phone that is asked for a picture.
async fn phone(gateway: &Gateway, device: &Device) -> Peer<DuplexStream> {
    let mut asks = params(4, "openclaw-ios", "node", "node");
    asks["client"]["platform"] = json!("ios");
    asks["client"]["deviceFamily"] = json!("iPhone");
    asks["commands"] = json!(["camera.snap"]);
    let (peer, response) = connect(gateway, asks, Some(device)).await;
    assert_eq!(response["ok"], true, "{response}");
    peer
}

#[tokio::test]
async fn a_call_that_needs_the_foreground_waits_until_the_phone_takes_it() {
    let mut options = options();
    options.node_commands = NodeCommandRules {
        allow: vec!["camera.snap".to_owned()],
        deny: Vec::new(),
    };
    let gateway = Gateway::builder(options).start().await.unwrap();
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut phone = phone(&gateway, &device).await;
    approve_all(&mut operator).await;
    let ask = invoke(
        &device,
        "camera.snap",
        &json!({ "params": { "facing": "back" } }),
    );
    let id = operator.request("node.invoke", ask.clone()).await;
    let asked = phone.event("node.invoke.request").await["payload"].clone();
    let failed = json!({
        "id": asked["id"], "nodeId": device.id(), "ok": false,
        "error": { "code": "NODE_BACKGROUND_UNAVAILABLE", "message": "in the background" },
    });
    phone.call("node.invoke.result", failed).await;
    let queued = operator.response(&id).await["error"].clone();
    assert_eq!(
        queued["details"]["code"], "QUEUED_UNTIL_FOREGROUND",
        "{queued}"
    );
    let waiting = phone.call("node.pending.pull", json!({})).await["payload"]["actions"].clone();
    assert_eq!(waiting[0]["id"], queued["details"]["queuedActionId"]);
    assert_eq!(waiting[0]["command"], "camera.snap");
    assert_eq!(waiting[0]["paramsJSON"], r#"{"facing":"back"}"#);
    let ids = json!({ "ids": [waiting[0]["id"], waiting[0]["id"], "unknown"] });
    let acked = phone.call("node.pending.ack", ids).await["payload"].clone();
    assert_eq!(acked["ackedIds"].as_array().unwrap().len(), 2);
    assert_eq!(acked["remainingCount"], 0);
    let waiting = phone.call("node.pending.pull", json!({})).await;
    assert_eq!(waiting["payload"]["actions"], json!([]));
}

#[tokio::test]
async fn what_waited_is_not_handed_out_when_it_is_not_approved_any_more() {
    let mut options = options();
    options.node_commands.allow = vec!["camera.snap".to_owned()];
    let gateway = Gateway::builder(options).start().await.unwrap();
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut phone = phone(&gateway, &device).await;
    approve_all(&mut operator).await;
    let ask = invoke(&device, "camera.snap", &json!({}));
    let id = operator.request("node.invoke", ask).await;
    let asked = phone.event("node.invoke.request").await["payload"].clone();
    let failed = json!({
        "id": asked["id"], "nodeId": device.id(), "ok": false,
        "error": { "message": "camera: BACKGROUND_UNAVAILABLE" },
    });
    phone.call("node.invoke.result", failed).await;
    operator.response(&id).await;
    let removed = operator
        .call("node.pair.remove", json!({ "nodeId": device.id() }))
        .await;
    assert_eq!(removed["ok"], true, "{removed}");
    let waiting = phone.call("node.pending.pull", json!({})).await;
    assert_ne!(
        waiting["payload"]["actions"][0]["command"], "camera.snap",
        "{waiting}"
    );
}

#[tokio::test]
async fn tools_and_skills_of_a_node_are_shown_checked_and_go_with_it() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, &["system.which"]).await;
    let tools = json!({ "tools": [
        { "pluginId": "p", "name": "which", "description": "d", "command": "system.which" },
        { "pluginId": "p", "name": "run", "description": "d", "command": "system.run" },
        { "pluginId": "p", "name": "bad name", "description": "d", "command": "system.which" },
    ] });
    let said = node.call("node.pluginTools.update", tools.clone()).await;
    assert_eq!(
        said["payload"]["tools"],
        json!([]),
        "nothing is approved yet"
    );
    approve_all(&mut operator).await;
    let row = operator
        .call("node.describe", json!({ "nodeId": device.id() }))
        .await["payload"]
        .clone();
    assert_eq!(row["nodePluginTools"][0]["name"], "which");
    assert_eq!(row["nodePluginTools"].as_array().unwrap().len(), 1);
    let said = node.call("node.pluginTools.update", tools).await;
    assert_eq!(said["payload"]["tools"][0]["name"], "which");

    let skills = json!({ "skills": [
        { "name": "lamp", "description": "d", "content": "# Lamp" },
        { "name": "Lamp!", "description": "d", "content": "# Lamp" },
    ] });
    let said = node.call("node.skills.update", skills).await["payload"].clone();
    assert_eq!(said["skills"].as_array().unwrap().len(), 1);
    let changed = operator.event("skills.changed").await;
    assert_eq!(changed["payload"]["reason"], "remote-node");
    drop(node);
    operator.event("skills.changed").await;
    let row = &operator.call("node.list", json!({})).await["payload"]["nodes"][0];
    assert_eq!(row["nodePluginTools"], json!([]));
}

#[tokio::test]
async fn a_runner_says_whether_it_hosts_sessions_and_surfaces_are_not_served() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, &["system.which"]).await;
    let offer = json!({
        "protocolFeatures": ["node-worker-supervisor-v6"], "workerHost": { "enabled": true },
    });
    let early = node
        .call("node.runnerInventory.update", offer.clone())
        .await["error"]
        .clone();
    assert_eq!(early["retryable"], true);
    assert!(
        early["message"]
            .as_str()
            .unwrap()
            .contains("openclaw nodes approve"),
        "{early}"
    );
    approve_all(&mut operator).await;
    let said = node.call("node.runnerInventory.update", offer).await;
    assert_eq!(said["payload"]["nodeId"], device.id());
    let list = operator.call("node.list", json!({})).await;
    assert_eq!(list["payload"]["nodes"][0]["sessionHost"], true);
    for bad in [
        json!({ "protocolFeatures": ["old-v1"] }),
        json!({ "protocolFeatures": ["a", "b"] }),
        json!({ "protocolFeatures": [], "workerHost": { "enabled": true } }),
    ] {
        let refused = node.call("node.runnerInventory.update", bad.clone()).await;
        assert_eq!(refused["error"]["code"], "INVALID_REQUEST", "{bad}");
    }
    for (surface, message) in [
        ("canvas", "canvas plugin surface unavailable"),
        (" ", "surface required"),
    ] {
        let refused = node
            .call("node.pluginSurface.refresh", json!({ "surface": surface }))
            .await;
        assert_eq!(refused["error"]["message"], message);
    }
}

#[tokio::test]
async fn the_node_that_a_person_used_last_is_shown() {
    let gateway = gateway().await;
    let (one, two) = (Device::new(1), Device::new(2));
    let mut operator = admin(&gateway, 4).await;
    let mut first = node(&gateway, 4, &one, &[]).await;
    let mut second = node(&gateway, 4, &two, &[]).await;
    let used = |payload: Value| json!({ "event": "node.presence.activity", "payload": payload });
    let said = first
        .call("node.event", used(json!({ "idleSeconds": 5 })))
        .await;
    assert_eq!(said["payload"]["reason"], "updated", "{said}");
    let told = operator.event("node.presence").await["payload"].clone();
    assert_eq!(told["nodeId"], one.id());
    assert!(told["lastActiveAtMs"].is_u64());
    second
        .call("node.event", used(json!({ "idleSeconds": 900 })))
        .await;
    let list = operator.call("node.list", json!({})).await["payload"].clone();
    assert_eq!(list["activeNodeId"], one.id());
    first
        .call("node.event", used(json!({ "action": "clear" })))
        .await;
    let list = operator.call("node.list", json!({})).await["payload"].clone();
    assert_eq!(list["activeNodeId"], two.id());
    for bad in [
        json!({}),
        json!({ "idleSeconds": 2_592_001 }),
        json!({ "action": "explode" }),
        json!({ "idleSeconds": 1, "action": "clear" }),
    ] {
        let said = first.call("node.event", used(bad.clone())).await;
        assert_eq!(said["payload"]["reason"], "invalid_payload", "{bad}");
    }
    let alive = json!({ "event": "node.presence.alive", "payload": { "trigger": "manual" } });
    let said = first.call("node.event", alive).await;
    assert_eq!(said["payload"]["reason"], "persisted");
    let exec = json!({ "event": "exec.finished", "payload": { "sessionKey": "main" } });
    let said = first.call("node.event", exec).await;
    assert_eq!(said["payload"]["reason"], "unmatched_exec_event");
}
