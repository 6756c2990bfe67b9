//! `browser.request`: whose browser is used, by whom, and what becomes of its files.

use std::os::unix::fs::PermissionsExt as _;

use openclaw_gateway_server::{Gateway, GatewayOptions};
use openclaw_policy::browser_node::BrowserRule;
use serde_json::{Value, json};

use crate::device::Device;
use crate::join::{admin, connect, gateway, node, options, params};

const COMMANDS: &[&str] = &["system.which", "browser.proxy"];

fn request(path: &str) -> Value {
    json!({ "method": "get", "path": path, "query": { "profile": "openclaw" } })
}

/// What a refused request says.
fn refusal(answer: &Value) -> &str {
    assert_eq!(answer["ok"], false, "{answer}");
    answer["error"]["message"].as_str().unwrap()
}

async fn approve_all<S>(operator: &mut crate::peer::Peer<S>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let list = operator.call("node.pair.list", json!({})).await;
    for request in list["payload"]["pending"].as_array().unwrap() {
        let id = json!({ "requestId": request["requestId"] });
        assert_eq!(operator.call("node.pair.approve", id).await["ok"], true);
    }
}

async fn with(change: impl FnOnce(&mut GatewayOptions)) -> Gateway {
    let mut options = options();
    change(&mut options);
    Gateway::builder(options).start().await.unwrap()
}

#[tokio::test]
async fn only_an_admin_uses_a_browser_in_either_generation() {
    let gateway = gateway().await;
    for generation in [3, 4] {
        let mut params = params(generation, "cli", "cli", "operator");
        params["scopes"] = json!(["operator.read", "operator.write", "operator.approvals"]);
        let (mut caller, _) = connect(&gateway, params, None).await;
        let refused = caller.call("browser.request", request("/tabs")).await;
        assert_eq!(refusal(&refused), "missing scope: operator.admin");
    }
}

#[tokio::test]
async fn a_node_answers_once_a_person_approved_its_commands() {
    let dir = tempfile::tempdir().unwrap();
    let state_dir = dir.path().to_path_buf();
    let gateway = with(|options| options.state_dir = Some(state_dir)).await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let none = operator.call("browser.request", request("/tabs")).await;
    assert!(
        refusal(&none).contains("nodeHost.browserProxy.enabled"),
        "{none}"
    );
    let mut node = node(&gateway, 4, &device, COMMANDS).await;
    let early = operator.call("browser.request", request("/tabs")).await;
    assert!(refusal(&early).contains("approve its commands"), "{early}");

    approve_all(&mut operator).await;
    node.event("node.pair.resolved").await;
    let mut wanted = request("/screenshot");
    wanted["method"] = json!("POST");
    wanted["body"] = json!({ "fullPage": true });
    wanted["timeoutMs"] = json!(7000);
    let id = operator.request("browser.request", wanted).await;
    let asked = node.event("node.invoke.request").await["payload"].clone();
    assert_eq!(asked["command"], "browser.proxy");
    assert_eq!(asked["timeoutMs"], 7000);
    let given: Value = serde_json::from_str(asked["paramsJSON"].as_str().unwrap()).unwrap();
    let expected = json!({
        "method": "POST", "path": "/screenshot", "query": { "profile": "openclaw" },
        "body": { "fullPage": true }, "timeoutMs": 7000, "profile": "openclaw",
    });
    assert_eq!(given, expected);
    let payload = json!({
        "result": { "ok": true, "path": "/etc/../x.png", "imagePath": "other" },
        "files": [{ "path": "/etc/../x.png", "base64": "aGVsbG8=", "mimeType": "image/png" }],
    });
    let answer =
        json!({ "id": asked["id"], "nodeId": device.id(), "ok": true, "payload": payload });
    node.call("node.invoke.result", answer).await;
    let done = operator.response(&id).await["payload"].clone();
    let path = std::path::Path::new(done["path"].as_str().unwrap());
    assert!(path.starts_with(dir.path().join("media/browser")), "{done}");
    assert_eq!(std::fs::read(path).unwrap(), b"hello");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(done["imagePath"], "other");
}

#[tokio::test]
async fn what_the_browser_or_its_node_refuses_is_said() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, COMMANDS).await;
    approve_all(&mut operator).await;
    node.event("node.pair.resolved").await;
    for (wrong, words) in [
        (
            json!({ "method": "PUT", "path": "/" }),
            "GET, POST, or DELETE",
        ),
        (
            json!({ "method": " ", "path": "/" }),
            "method and path are required",
        ),
        (
            json!({ "method": "GET", "path": "" }),
            "method and path are required",
        ),
    ] {
        let refused = operator.call("browser.request", wrong).await;
        assert!(refusal(&refused).contains(words), "{refused}");
        assert_eq!(refused["error"]["code"], "INVALID_REQUEST");
    }
    for (more, words) in [
        (
            json!({ "ok": false, "error": { "code": "INVALID_REQUEST", "message": "tab not found" } }),
            "tab not found",
        ),
        (
            json!({ "ok": true, "payload": { "no": "result" } }),
            "browser proxy failed",
        ),
        (json!({ "ok": true }), "browser proxy failed"),
        (
            json!({ "ok": true, "payload": { "result": {}, "files": [{ "path": "x", "base64": "?" }] } }),
            "no state directory",
        ),
    ] {
        let id = operator.request("browser.request", request("/tabs")).await;
        let asked = node.event("node.invoke.request").await["payload"]["id"].clone();
        let mut answer = json!({ "id": asked, "nodeId": device.id() });
        for (name, value) in more.as_object().unwrap() {
            answer[name] = value.clone();
        }
        node.call("node.invoke.result", answer).await;
        let refused = operator.response(&id).await;
        assert!(refusal(&refused).contains(words), "{refused}");
    }
}

#[tokio::test]
async fn a_node_that_was_let_in_without_a_person_is_used_only_by_its_name() {
    let device = Device::new(1);
    for named in [false, true] {
        let rule = if named {
            BrowserRule::Named(device.id())
        } else {
            BrowserRule::Auto
        };
        let gateway = with(|options| options.browser = rule).await;
        // A February node of this host is approved in silence.
        let mut node = node(&gateway, 3, &device, COMMANDS).await;
        let mut operator = admin(&gateway, 3).await;
        let id = operator.request("browser.request", request("/tabs")).await;
        if named {
            let asked = node.event("node.invoke.request").await["payload"]["id"].clone();
            let answer = json!({
                "id": asked, "nodeId": device.id(), "ok": true,
                "payloadJSON": r#"{"result":{"running":false}}"#,
            });
            node.call("node.invoke.result", answer).await;
            assert_eq!(
                operator.response(&id).await["payload"],
                json!({ "running": false })
            );
        } else {
            let refused = operator.response(&id).await;
            assert!(refusal(&refused).contains("No connected browser-capable nodes"));
        }
    }
}

#[tokio::test]
async fn browser_control_that_is_switched_off_asks_nobody() {
    let gateway = with(|options| options.browser = BrowserRule::Off).await;
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, COMMANDS).await;
    approve_all(&mut operator).await;
    node.event("node.pair.resolved").await;
    let refused = operator.call("browser.request", request("/tabs")).await;
    assert!(
        refusal(&refused).contains("gateway.nodes.browser.mode"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_node_has_no_say_over_browsers() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let (mut node, _) = connect(
        &gateway,
        params(4, "node-host", "node", "node"),
        Some(&device),
    )
    .await;
    let refused = node.call("browser.request", request("/tabs")).await;
    assert_eq!(refusal(&refused), "unauthorized role: node");
}
