//! Scopes that a client gives itself, and scopes that are not enough.

use openclaw_protocol::catalogue::METHODS;
use openclaw_protocol::{Access, Generation};
use serde_json::json;

use super::operator_of;
use crate::device::Device;
use crate::join::{connect, connect_from, gateway, options, params};

#[tokio::test]
async fn ghsa_rqpp_rjj8_7wv8_a_shared_secret_gives_nobody_the_scopes_they_name() {
    let gateway = openclaw_gateway_server::Gateway::builder(options())
        .start()
        .await
        .unwrap();
    let clients = [
        ("cli", "cli", Some("192.0.2.9")),
        ("gateway-client", "backend", Some("192.0.2.9")),
        ("test", "test", None),
        ("openclaw-macos", "ui", None),
        ("openclaw-probe", "probe", None),
        ("node-host", "node", None),
        ("gateway-client", "ui", None),
        ("cli", "backend", None),
    ];
    let mut let_in = 0;
    for (number, generation) in [(3, Generation::V3), (4, Generation::V4)] {
        for (id, mode, from) in clients {
            let mut asks = params(number, id, mode, "operator");
            asks["scopes"] = json!(["operator.admin", "operator.pairing", "operator.write"]);
            let (mut peer, hello) = match from {
                Some(from) => connect_from(&gateway, from, asks, None).await,
                None => connect(&gateway, asks, None).await,
            };
            if hello["ok"] == false {
                continue;
            }
            let_in += 1;
            if number == 4 {
                assert_eq!(hello["payload"]["auth"]["scopes"], json!([]), "{id} {mode}");
            }
            for info in METHODS {
                let Some(Access::Operator(scope)) = info.access(generation) else {
                    continue;
                };
                let answer = peer.call(info.name, json!({})).await;
                let said = format!("missing scope: {scope}");
                assert_eq!(answer["error"]["message"], said, "{} as {id}", info.name);
            }
        }
    }
    assert!(let_in >= 10, "{let_in}");
    // None of them left a trace by which it could come back with more.
    let mut admin = crate::join::admin(&gateway, 4).await;
    let list = admin.call("device.pair.list", json!({})).await;
    assert_eq!(list["payload"], json!({ "pending": [], "paired": [] }));
}

#[tokio::test]
async fn ghsa_mqpw_46fh_299h_writing_is_not_approving() {
    let gateway = gateway().await;
    let decisions = [
        "device.pair.approve",
        "device.pair.reject",
        "device.pair.remove",
        "device.pair.rename",
        "device.pair.setupCode",
        "device.pair.setupStatus",
        "device.token.rotate",
        "device.token.revoke",
        "node.pair.approve",
        "node.pair.reject",
        "node.pair.remove",
        "node.pair.request",
        "exec.approval.request",
        "exec.approval.resolve",
        "exec.approval.list",
        "exec.approvals.set",
        "exec.approvals.node.set",
        "config.set",
    ];
    for (number, generation) in [(3, Generation::V3), (4, Generation::V4)] {
        let device = Device::new(u8::try_from(number).unwrap());
        let scopes = ["operator.write", "operator.read"];
        let (mut writer, hello) = operator_of(&gateway, number, &device, &scopes).await;
        assert_eq!(hello["ok"], true, "{hello}");
        for method in decisions {
            let info = openclaw_protocol::catalogue::method(method).unwrap();
            let scope = match info.access(generation) {
                Some(access) => access.scope().unwrap().as_str(),
                // Who may not do everything does not even learn that it is not there.
                None => "operator.admin",
            };
            assert_ne!(scope, "operator.write", "{method}");
            // The params would be wrong; that is not what the caller hears.
            let answer = writer.call(method, json!({ "nonsense": true })).await;
            let said = format!("missing scope: {scope}");
            assert_eq!(answer["error"]["message"], said, "{method}: {answer}");
            let code = if number == 4 {
                "FORBIDDEN"
            } else {
                "INVALID_REQUEST"
            };
            assert_eq!(answer["error"]["code"], code, "{method}");
        }
    }
}

#[tokio::test]
async fn protocol_3_is_no_way_around_what_params_demand() {
    let gateway = gateway().await;
    for number in [3, 4] {
        let device = Device::new(u8::try_from(number).unwrap());
        let (mut writer, _) = operator_of(&gateway, number, &device, &["operator.write"]).await;
        for (command, is_denied) in [
            ("fs.listDir", true),
            ("terminal.upload", true),
            ("browser.proxy", true),
            ("camera.snap", false),
        ] {
            let call = json!({ "nodeId": "n", "command": command, "idempotencyKey": "k" });
            let said = writer.call("node.invoke", call).await["error"]["message"].clone();
            let is_said = said == "missing scope: operator.admin";
            assert_eq!(is_said, is_denied, "{command} in protocol {number}: {said}");
        }
    }
}
