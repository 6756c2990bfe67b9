//! Nodes: pairing, surfaces, calls and their ends, in both generations.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::device::Device;
use crate::join::{admin, connect, gateway, node, operator, params};

/// Approves everything that waits for a node.
pub(crate) async fn approve_all<S>(operator: &mut crate::peer::Peer<S>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let list = operator.call("node.pair.list", json!({})).await;
    for request in list["payload"]["pending"].as_array().unwrap() {
        let id = &request["requestId"];
        let done = operator
            .call("node.pair.approve", json!({ "requestId": id }))
            .await;
        assert_eq!(done["ok"], true, "{done}");
    }
}

/// Params of a call with a key of its own.
pub(crate) fn invoke(device: &Device, command: &str, more: &Value) -> Value {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let key = format!("k{}", CALLS.fetch_add(1, Ordering::Relaxed));
    let mut params = json!({ "nodeId": device.id(), "command": command, "idempotencyKey": key });
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    params
}

#[tokio::test]
async fn a_newer_node_waits_for_its_surface_and_is_told_on_the_live_socket() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, &["system.which", "camera.snap"]).await;

    let announced = operator.event("node.pair.requested").await;
    assert_eq!(announced["payload"]["commands"], json!(["system.which"]));
    assert_eq!(
        announced["payload"]["requiredApproveScopes"],
        json!(["operator.pairing", "operator.admin"])
    );
    let row = &operator.call("node.list", json!({})).await["payload"]["nodes"][0];
    assert_eq!(
        (&row["commands"], &row["approvalState"]),
        (&json!([]), &json!("pending-approval"))
    );
    let early = operator
        .call("node.invoke", invoke(&device, "system.which", &json!({})))
        .await;
    assert_eq!(early["error"]["details"]["reason"], "command not approved");

    approve_all(&mut operator).await;
    assert_eq!(
        node.event("node.pair.resolved").await["payload"]["decision"],
        "approved"
    );
    let row = &operator
        .call("node.describe", json!({ "nodeId": device.id() }))
        .await["payload"];
    assert_eq!(row["commands"], json!(["system.which"]));
    assert_eq!(row["approvalState"], "approved");

    let id = operator
        .request(
            "node.invoke",
            invoke(
                &device,
                "system.which",
                &json!({ "params": { "bins": ["ls"] } }),
            ),
        )
        .await;
    let asked = node.event("node.invoke.request").await;
    assert!(asked.get("seq").is_none());
    assert_eq!(asked["payload"]["paramsJSON"], r#"{"bins":["ls"]}"#);
    assert_eq!(asked["payload"]["timeoutMs"], 30_000);
    let answer = json!({
        "id": asked["payload"]["id"], "nodeId": device.id(), "ok": true,
        "payloadJSON": r#"{"bins":{"ls":"/bin/ls"}}"#,
    });
    assert_eq!(
        node.call("node.invoke.result", answer.clone()).await["payload"],
        json!({ "ok": true })
    );
    let done = operator.response(&id).await;
    assert_eq!(done["payload"]["payload"]["bins"]["ls"], "/bin/ls");
    assert_eq!(
        done["payload"]["payloadJSON"],
        r#"{"bins":{"ls":"/bin/ls"}}"#
    );
    // A second answer to the same call is acknowledged and ignored.
    let again = node.call("node.invoke.result", answer).await;
    assert_eq!(again["payload"], json!({ "ok": true, "ignored": true }));
}

#[tokio::test]
async fn a_february_node_of_this_host_may_act_at_once() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut node = node(&gateway, 3, &device, &["system.which"]).await;
    assert!(node.event("voicewake.changed").await["payload"]["triggers"].is_array());
    let mut operator = admin(&gateway, 3).await;
    let call = invoke(&device, "system.which", &json!({ "timeoutMs": 5000 }));
    let id = operator.request("node.invoke", call).await;
    let asked = node.event("node.invoke.request").await;
    assert_eq!(asked["payload"]["paramsJSON"], Value::Null);
    assert_eq!(asked["payload"]["timeoutMs"], 5000);
    let failed = json!({
        "id": asked["payload"]["id"], "nodeId": device.id(), "ok": false,
        "error": { "code": "UNAVAILABLE", "message": "no such thing" },
    });
    node.call("node.invoke.result", failed).await;
    let error = operator.response(&id).await["error"].clone();
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("UNAVAILABLE"), &json!("no such thing"))
    );
    assert_eq!(error["details"]["nodeError"]["code"], "UNAVAILABLE");
}

#[tokio::test]
async fn a_node_that_goes_ends_its_calls_and_a_late_close_evicts_nobody() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut old = node(&gateway, 4, &device, &["system.which"]).await;
    approve_all(&mut operator).await;
    old.event("node.pair.resolved").await;
    let id = operator
        .request("node.invoke", invoke(&device, "system.which", &json!({})))
        .await;
    old.event("node.invoke.request").await;
    // The same identity connects again: it is the node from now on.
    let mut new = node(&gateway, 4, &device, &["system.which"]).await;
    drop(old);
    let error = operator.response(&id).await["error"].clone();
    assert_eq!(
        error["message"],
        "DISCONNECTED: node disconnected (system.which)"
    );
    assert_eq!(error["details"]["nodeCommandDispatched"], true);
    let row = &operator.call("node.list", json!({})).await["payload"]["nodes"][0];
    assert_eq!(row["connected"], true);
    let id = operator
        .request("node.invoke", invoke(&device, "system.which", &json!({})))
        .await;
    let asked = new.event("node.invoke.request").await;
    new.call(
        "node.invoke.result",
        json!({ "id": asked["payload"]["id"], "nodeId": device.id(), "ok": true, "payload": [1] }),
    )
    .await;
    assert_eq!(
        operator.response(&id).await["payload"]["payload"],
        json!([1])
    );
}

#[tokio::test]
async fn a_silent_node_times_out_and_its_late_answer_is_ignored() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, &["system.which"]).await;
    approve_all(&mut operator).await;
    // From here on nothing waits for the store's thread, and time may jump.
    tokio::time::pause();
    let call = invoke(&device, "system.which", &json!({ "timeoutMs": 1000 }));
    let id = operator.request("node.invoke", call).await;
    let asked = node.event("node.invoke.request").await;
    let error = operator.response(&id).await["error"].clone();
    assert_eq!(error["message"], "TIMEOUT: node invoke timed out");
    let cancelled = node.event("node.invoke.cancel").await;
    assert_eq!(cancelled["payload"]["invokeId"], asked["payload"]["id"]);
    let late = json!({ "id": asked["payload"]["id"], "nodeId": device.id(), "ok": true });
    assert_eq!(
        node.call("node.invoke.result", late).await["payload"]["ignored"],
        true
    );
}

#[tokio::test]
async fn calls_that_cannot_be_say_why() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut v4 = admin(&gateway, 4).await;
    let mut v3 = admin(&gateway, 3).await;
    let unknown = invoke(&device, "system.which", &json!({}));
    let error = v4.call("node.invoke", unknown.clone()).await["error"].clone();
    assert_eq!(
        (&error["details"]["code"], &error["retryable"]),
        (&json!("PAIRING_CHANGED"), &json!(true))
    );
    let error = v3.call("node.invoke", unknown).await["error"].clone();
    assert_eq!(
        (&error["message"], &error["details"]["code"]),
        (&json!("node not connected"), &json!("NOT_CONNECTED"))
    );

    let mut node = node(&gateway, 4, &device, &["system.which"]).await;
    approve_all(&mut v4).await;
    for (command, reason, text) in [
        (
            "sms.send",
            "command not allowlisted",
            "\"sms.send\" is not in the allowlist for platform \"linux\"",
        ),
        (
            "system.run",
            "command not declared by node",
            "does not support \"system.run\"",
        ),
    ] {
        let error = v4
            .call("node.invoke", invoke(&device, command, &json!({})))
            .await["error"]
            .clone();
        assert_eq!(error["details"]["reason"], reason);
        assert!(error["message"].as_str().unwrap().contains(text), "{error}");
        let error = v3
            .call("node.invoke", invoke(&device, command, &json!({})))
            .await["error"]
            .clone();
        assert_eq!(error["message"], "node command not allowed");
    }
    let foreign = json!({ "id": "x", "nodeId": "someone", "ok": true });
    assert_eq!(
        node.call("node.invoke.result", foreign).await["error"]["message"],
        "nodeId mismatch"
    );
    let error = node.call("node.list", json!({})).await["error"].clone();
    assert_eq!(error["message"], "unauthorized role: node");
}

#[tokio::test]
async fn a_node_gains_nothing_by_another_platform() {
    let gateway = gateway().await;
    let device = Device::new(1);
    drop(node(&gateway, 3, &device, &["system.which"]).await);
    for generation in [3, 4] {
        let mut asks = params(generation, "node-host", "node", "node");
        asks["client"]["platform"] = json!("ios");
        let (_, refused) = connect(&gateway, asks, Some(&device)).await;
        assert_eq!(refused["error"]["code"], "NOT_PAIRED", "{refused}");
    }
}

#[tokio::test]
async fn host_stats_of_a_node_are_shown_and_nonsense_is_not() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut node = node(&gateway, 4, &device, &[]).await;
    let mut operator = admin(&gateway, 4).await;
    let stats = json!({ "cpuCount": 2, "memoryTotalBytes": 8, "memoryFreeBytes": 4 });
    let said = node
        .call(
            "node.event",
            json!({ "event": "node.host.stats", "payload": stats }),
        )
        .await;
    assert_eq!(said["payload"]["reason"], "updated");
    assert_eq!(
        operator.event("node.hostStats").await["payload"]["hostStats"]["cpuCount"],
        2
    );
    let said = node
        .call(
            "node.event",
            json!({ "event": "node.host.stats", "payload": {} }),
        )
        .await;
    assert_eq!(said["payload"]["reason"], "invalid_payload");
    let said = node.call("node.event", json!({ "event": "made.up" })).await;
    assert_eq!(said["payload"]["reason"], "unsupported_event");
}

#[tokio::test]
async fn either_family_approves_a_node_from_elsewhere() {
    // Not local: no silent approval.
    let mut strict = crate::join::options();
    strict.approve_local = false;
    for method in ["device.pair.approve", "node.pair.approve"] {
        let gateway = openclaw_gateway_server::Gateway::builder(strict.clone())
            .start()
            .await
            .unwrap();
        let device = Device::new(1);
        let mut operator = admin(&gateway, 4).await;
        let mut asks = params(4, "node-host", "node", "node");
        asks["commands"] = json!(["system.which"]);
        let (_, refused) = connect(&gateway, asks.clone(), Some(&device)).await;
        let request = refused["error"]["details"]["requestId"].clone();
        // The same request again keeps its id, and is announced once.
        let (_, again) = connect(&gateway, asks.clone(), Some(&device)).await;
        assert_eq!(again["error"]["details"]["requestId"], request);
        for family in ["device.pair.list", "node.pair.list"] {
            let pending = operator.call(family, json!({})).await["payload"]["pending"].clone();
            assert_eq!(pending[0]["requestId"], request, "{family}");
        }
        let done = operator.call(method, json!({ "requestId": request })).await;
        assert_eq!(done["ok"], true, "{done}");
        let (_node, joined) = connect(&gateway, asks, Some(&device)).await;
        assert_eq!(joined["ok"], true, "{joined}");
        let row = operator.call("node.list", json!({})).await["payload"]["nodes"][0].clone();
        assert_eq!(row["commands"], json!(["system.which"]), "{method}");
    }
}

#[tokio::test]
async fn approval_rotation_and_revocation_stay_within_the_caller() {
    let gateway = gateway().await;
    let (boss, weak) = (Device::new(1), Device::new(2));
    let (_boss, hello) = operator(&gateway, &boss, &["operator.admin", "operator.read"]).await;
    assert!(hello["payload"]["auth"]["deviceToken"].is_string());
    let (mut pairer, hello) = operator(&gateway, &weak, &["operator.pairing"]).await;
    assert_eq!(hello["ok"], true);
    let rotate = json!({ "deviceId": boss.id(), "role": "operator" });
    let error = pairer.call("device.token.rotate", rotate.clone()).await["error"].clone();
    assert_eq!(error["message"], "device token rotation denied");
    let error = pairer.call("device.token.revoke", rotate.clone()).await["error"].clone();
    assert_eq!(error["message"], "device token revocation denied");
    let error = pairer
        .call("device.pair.remove", json!({ "deviceId": boss.id() }))
        .await["error"]
        .clone();
    assert_eq!(error["message"], "device pairing removal denied");
    // A role that was never approved cannot be rotated in, by nobody.
    let mut admin = admin(&gateway, 4).await;
    let role = json!({ "deviceId": boss.id(), "role": "node" });
    assert_eq!(admin.call("device.token.rotate", role).await["ok"], false);
}

#[tokio::test]
async fn a_rotated_token_ends_live_sessions_and_opens_nothing_more() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let (mut session, hello) = operator(&gateway, &device, &["operator.read"]).await;
    let token = hello["payload"]["auth"]["deviceToken"].clone();
    let mut by_token = params(4, "cli", "cli", "operator");
    by_token["scopes"] = json!(["operator.read"]);
    by_token["auth"] = json!({ "deviceToken": token });
    let (_, joined) = connect(&gateway, by_token.clone(), Some(&device)).await;
    assert_eq!(joined["payload"]["auth"]["method"], "device-token");
    // The same token is handed out again.
    assert_eq!(joined["payload"]["auth"]["deviceToken"], token);

    let mut admin = admin(&gateway, 4).await;
    let rotated = admin
        .call(
            "device.token.rotate",
            json!({ "deviceId": device.id(), "role": "operator" }),
        )
        .await;
    assert_eq!(rotated["payload"]["tokenDelivery"], "withheld-cross-device");
    assert!(rotated["payload"].get("token").is_none());
    assert_eq!(
        session.closed().await,
        Some((4001, "device removed".to_owned()))
    );
    let (_, refused) = connect(&gateway, by_token, Some(&device)).await;
    assert_eq!(
        refused["error"]["details"]["code"],
        "AUTH_DEVICE_TOKEN_MISMATCH"
    );
}

#[tokio::test]
async fn state_outlives_the_gateway() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.sqlite");
    let open =
        || openclaw_store::Store::open(&path, &openclaw_store::OpenOptions::create()).unwrap();
    let device = Device::new(1);
    let key = || openclaw_gateway_server::TokenKey::from_bytes([7; 32]);
    let start = async |store| {
        openclaw_gateway_server::Gateway::builder(crate::join::options())
            .store(store)
            .token_key(key())
            .start()
            .await
            .unwrap()
    };
    let gateway = start(open()).await;
    let (peer, hello) = operator(&gateway, &device, &["operator.read"]).await;
    let token = hello["payload"]["auth"]["deviceToken"].clone();
    drop(peer);
    gateway.shutdown("test").await;
    let gateway = start(open()).await;
    let mut by_token = params(4, "cli", "cli", "operator");
    by_token["scopes"] = json!(["operator.read"]);
    by_token["auth"] = json!({ "deviceToken": token });
    let (_, joined) = connect(&gateway, by_token, Some(&device)).await;
    assert_eq!(joined["ok"], true, "{joined}");
}
