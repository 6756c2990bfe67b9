//! Commands of nodes in a run.

use serde_json::json;

use super::scene::{Scene, with_node};
use crate::device::Device;
use crate::join::node;

/// The node that the model calls has just left.
async fn left() -> (Scene, Device) {
    let run = json!({ "action": "run", "node": Device::new(1).id(), "command": ["uptime"] });
    let (mut scene, peripheral, device) = with_node("nodes", run).await;
    drop(peripheral);
    loop {
        let list = scene.person.call("node.list", json!({})).await;
        if list["payload"]["nodes"][0]["connected"] == false {
            return (scene, device);
        }
    }
}

#[tokio::test]
async fn a_node_that_left_a_moment_ago_is_waited_for() {
    let (mut scene, device) = left().await;
    scene.say().await;
    scene.model_asked().await;
    let mut back = node(&scene.gateway, 4, &device, &["system.run"]).await;
    let asked = back.event("node.invoke.request").await["payload"].clone();
    let answer = json!({
        "id": asked["id"], "nodeId": device.id(), "ok": true,
        "payload": { "exitCode": 0, "stdout": "up 3 days", "stderr": "" },
    });
    back.call("node.invoke.result", answer).await;
    assert!(scene.reply().await.contains("up 3 days"));
}

#[tokio::test]
async fn a_run_that_is_stopped_waits_for_no_node() {
    let (mut scene, _) = left().await;
    scene.say().await;
    scene.model_asked().await;
    let params = json!({ "sessionKey": "main" });
    scene.person.request("chat.abort", params).await;
    loop {
        let told = scene.person.event("chat").await["payload"].clone();
        assert_ne!(told["state"], "final", "{told}");
        if told["state"] == "aborted" {
            return;
        }
    }
}
