//! What a node says of itself.

use serde_json::{Value, json};

use crate::device::Device;
use crate::join::{admin, connect, gateway, node, params};

fn asks(generation: u64, platform: &str, family: Option<&str>) -> Value {
    let mut asks = params(generation, "node-host", "node", "node");
    asks["client"]["platform"] = json!(platform);
    if let Some(family) = family {
        asks["client"]["deviceFamily"] = json!(family);
    }
    asks["commands"] = json!(["system.run", "camera.snap", "sms.send"]);
    asks
}

#[tokio::test]
async fn cve_2026_32014_another_platform_or_family_needs_another_approval() {
    for generation in [3, 4] {
        let gateway = gateway().await;
        let device = Device::new(1);
        let (first, hello) = connect(
            &gateway,
            asks(generation, "ios", Some("iPhone")),
            Some(&device),
        )
        .await;
        assert_eq!(hello["ok"], true, "{hello}");
        let mut admin = admin(&gateway, 4).await;
        for (platform, family) in [
            ("linux", Some("iPhone")),
            ("macos", None),
            ("android", Some("iPhone")),
            ("ios", Some("Mac")),
            ("windows", Some("Windows")),
            ("", Some("iPhone")),
        ] {
            let mut more = asks(generation, platform, family);
            if platform.is_empty() {
                more["client"]["platform"] = json!("nonsense");
            }
            let (_, refused) = connect(&gateway, more, Some(&device)).await;
            assert_eq!(
                refused["error"]["code"], "NOT_PAIRED",
                "{platform}: {refused}"
            );
            if generation == 4 {
                let reason = &refused["error"]["details"]["reason"];
                assert_eq!(reason, "metadata-upgrade", "{platform} {family:?}");
            }
        }
        // What was declared under another name has no effect on the node that is connected.
        let described = admin
            .call("node.describe", json!({ "nodeId": device.id() }))
            .await;
        assert_eq!(described["payload"]["platform"], "ios", "{described}");
        let commands = described["payload"]["commands"].as_array().unwrap();
        assert!(!commands.contains(&json!("system.run")), "{described}");
        drop(first);
    }
}

#[tokio::test]
async fn cve_2026_32014_a_new_platform_is_approved_by_those_who_may_approve_its_commands() {
    let gateway = gateway().await;
    let device = Device::new(1);
    drop(node(&gateway, 4, &device, &["system.which"]).await);
    let (_, refused) = connect(&gateway, asks(4, "macos", None), Some(&device)).await;
    let request = refused["error"]["details"]["requestId"].clone();
    let weak = Device::new(2);
    let holds = ["operator.pairing", "operator.write"];
    let (mut weak, _) = super::operator_of(&gateway, 4, &weak, &holds).await;
    let answer = weak
        .call("node.pair.approve", json!({ "requestId": request }))
        .await;
    assert_eq!(answer["error"]["message"], "missing scope: operator.admin");
    // As a device it may be approved; what it may run is not approved with it.
    let answer = weak
        .call("device.pair.approve", json!({ "requestId": request }))
        .await;
    assert_eq!(answer["ok"], true, "{answer}");
    let (_node, hello) = connect(&gateway, asks(4, "macos", None), Some(&device)).await;
    assert_eq!(hello["ok"], true, "{hello}");
    let mut admin = admin(&gateway, 4).await;
    let row = admin.call("node.list", json!({})).await["payload"]["nodes"][0].clone();
    assert_eq!(row["commands"], json!([]), "{row}");
    assert_eq!(row["approvalState"], "pending-approval", "{row}");
}
