//! Pairing: requests, upgrades, repair, and the end of a device's own connections.

use openclaw_gateway_server::Gateway;
use serde_json::{Value, json};

use crate::device::Device;
use crate::join::{admin, connect, connect_from, gateway, node, operator, options, params};
use crate::peer::Heard;

const ELSEWHERE: &str = "192.0.2.7";
const REMOVED: (u16, &str) = (4001, "device removed");

fn asks(role: &str, scopes: &[&str]) -> Value {
    let mode = if role == "node" { "node" } else { "cli" };
    let id = if role == "node" { "node-host" } else { "cli" };
    let mut asks = params(4, id, mode, role);
    asks["scopes"] = json!(scopes);
    asks
}

async fn from_elsewhere(gateway: &Gateway, device: &Device, asks: Value) -> Value {
    connect_from(gateway, ELSEWHERE, asks, Some(device)).await.1
}

fn details(answer: &Value) -> &Value {
    &answer["error"]["details"]
}

#[tokio::test]
async fn a_request_is_one_as_long_as_it_asks_for_the_same() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    let device = Device::new(1);
    let both = ["operator.read", "operator.write"];
    let turned = ["operator.write", "operator.read"];
    let first = from_elsewhere(&gateway, &device, asks("operator", &both)).await;
    let id = details(&first)["requestId"].clone();
    let announced = admin.event("device.pair.requested").await["payload"].clone();
    assert_eq!(announced["requestId"], id);
    assert_eq!(announced["remoteIp"], ELSEWHERE);
    assert_eq!(
        (&announced["silent"], &announced["isRepair"]),
        (&json!(false), &json!(false))
    );
    for scopes in [&both, &turned, &both] {
        let again = from_elsewhere(&gateway, &device, asks("operator", scopes)).await;
        assert_eq!(details(&again)["requestId"], id, "{again}");
    }
    // Other scopes are another request, in place of the first; another role is one beside it.
    let other = from_elsewhere(&gateway, &device, asks("operator", &["operator.admin"])).await;
    assert_ne!(details(&other)["requestId"], id);
    let gone = admin.event("device.pair.resolved").await["payload"].clone();
    assert_eq!(
        (&gone["requestId"], &gone["decision"]),
        (&id, &json!("rejected"))
    );
    from_elsewhere(&gateway, &device, asks("node", &[])).await;
    let list = admin.call("device.pair.list", json!({})).await["payload"].clone();
    assert_eq!(list["pending"].as_array().unwrap().len(), 2, "{list}");
    let old = admin
        .call("device.pair.approve", json!({ "requestId": id }))
        .await;
    assert_eq!(old["error"]["message"], "unknown requestId");
}

#[tokio::test]
async fn one_device_holds_few_requests_and_all_together_have_a_bound() {
    let gateway = gateway().await;
    let device = Device::new(1);
    for scope in [
        "operator.read",
        "operator.write",
        "operator.admin",
        "made.up",
    ] {
        from_elsewhere(&gateway, &device, asks("operator", &[scope])).await;
        from_elsewhere(&gateway, &device, asks("node", &[])).await;
    }
    let mut admin = admin(&gateway, 4).await;
    let list = admin.call("device.pair.list", json!({})).await["payload"].clone();
    assert_eq!(
        list["pending"].as_array().unwrap().len(),
        2,
        "one for each role"
    );
    // Requests of the February family have no device; their names are as cheap.
    let mut v3 = crate::join::admin(&gateway, 3).await;
    let mut refused = None;
    for n in 0..300 {
        let answer = v3
            .call("node.pair.request", json!({ "nodeId": format!("n{n}") }))
            .await;
        if answer["ok"] == false {
            refused.get_or_insert((n, answer));
        }
    }
    let (n, answer) = refused.unwrap();
    assert_eq!(n, 254, "{answer}");
    assert_eq!(answer["error"]["code"], "UNAVAILABLE", "{answer}");
    assert_eq!(answer["error"]["retryAfterMs"], 30_000);
    let late = from_elsewhere(&gateway, &Device::new(9), asks("operator", &[])).await;
    assert_eq!(late["error"]["code"], "UNAVAILABLE", "{late}");
    // Who asked before is still known.
    let again = from_elsewhere(&gateway, &device, asks("node", &[])).await;
    assert_eq!(again["error"]["code"], "NOT_PAIRED", "{again}");
}

#[tokio::test]
async fn roles_scopes_and_platform_are_upgraded_by_approval_alone() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    let device = Device::new(1);
    let first = from_elsewhere(&gateway, &device, asks("operator", &["operator.read"])).await;
    assert_eq!(details(&first)["reason"], "not-paired");
    let mut steps = vec![(first, asks("operator", &["operator.read"]))];
    let mut moved = asks("operator", &["operator.read"]);
    moved["client"]["platform"] = json!("macos");
    for (reason, asks) in [
        ("scope-upgrade", asks("operator", &["operator.write"])),
        ("role-upgrade", asks("node", &[])),
        ("metadata-upgrade", moved),
    ] {
        let (refused, before) = steps.pop().unwrap();
        let approve = json!({ "requestId": details(&refused)["requestId"] });
        let done = admin.call("device.pair.approve", approve).await;
        assert_eq!(done["ok"], true, "{done}");
        let hello = from_elsewhere(&gateway, &device, before).await;
        assert_eq!(hello["ok"], true, "{hello}");
        let refused = from_elsewhere(&gateway, &device, asks.clone()).await;
        assert_eq!(details(&refused)["reason"], reason, "{refused}");
        assert_eq!(details(&refused)["approvedRoles"][0], "operator");
        let pending = admin.call("device.pair.list", json!({})).await["payload"]["pending"].clone();
        assert_eq!(pending[0]["isRepair"], true, "{pending}");
        steps.push((refused, asks));
    }
    // Fewer scopes than approved are no upgrade.
    let fewer = from_elsewhere(&gateway, &device, asks("operator", &[])).await;
    assert_eq!(fewer["ok"], true, "{fewer}");
}

#[tokio::test]
async fn a_device_that_lost_its_token_is_told_it_again_and_a_revoked_one_is_not_revived() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let (peer, hello) = operator(&gateway, &device, &["operator.read"]).await;
    let token = hello["payload"]["auth"]["deviceToken"].clone();
    drop(peer);
    // It still has its key and learns the shared secret: from anywhere, and without a person.
    let again = from_elsewhere(&gateway, &device, asks("operator", &["operator.read"])).await;
    assert_eq!(again["payload"]["auth"]["deviceToken"], token);
    let mut admin = admin(&gateway, 4).await;
    let revoke = json!({ "deviceId": device.id(), "role": "operator" });
    assert_eq!(admin.call("device.token.revoke", revoke).await["ok"], true);
    let by = |token: &Value| {
        let mut asks = asks("operator", &["operator.read"]);
        asks["auth"] = json!({ "deviceToken": token });
        asks
    };
    let refused = from_elsewhere(&gateway, &device, by(&token)).await;
    assert_eq!(details(&refused)["code"], "AUTH_DEVICE_TOKEN_MISMATCH");
    let new = from_elsewhere(&gateway, &device, asks("operator", &["operator.read"])).await;
    let new = new["payload"]["auth"]["deviceToken"].clone();
    assert!(new.is_string() && new != token);
    let refused = from_elsewhere(&gateway, &device, by(&token)).await;
    assert_eq!(details(&refused)["code"], "AUTH_DEVICE_TOKEN_MISMATCH");
    assert_eq!(
        from_elsewhere(&gateway, &device, by(&new)).await["ok"],
        true
    );
}

#[tokio::test]
async fn a_caller_hears_the_answer_before_its_own_connection_ends() {
    for method in [
        "device.pair.remove",
        "device.token.rotate",
        "device.token.revoke",
    ] {
        let gateway = gateway().await;
        let device = Device::new(1);
        let scopes = ["operator.pairing", "operator.read"];
        let (mut other, hello) = operator(&gateway, &device, &scopes).await;
        let mut by_token = asks("operator", &scopes);
        by_token["auth"] = json!({ "deviceToken": hello["payload"]["auth"]["deviceToken"] });
        let (mut own, hello) = connect(&gateway, by_token.clone(), Some(&device)).await;
        assert_eq!(
            hello["payload"]["auth"]["method"], "device-token",
            "{hello}"
        );
        let mut what = json!({ "deviceId": device.id() });
        if method != "device.pair.remove" {
            what["role"] = json!("operator");
        }
        let answer = own.call(method, what).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        let removed = Some((REMOVED.0, REMOVED.1.to_owned()));
        assert_eq!(own.closed().await, removed, "{method}");
        assert_eq!(other.closed().await, removed, "{method}");
        let (_, refused) = connect(&gateway, by_token.clone(), Some(&device)).await;
        assert_eq!(refused["ok"], false, "{method}: {refused}");
        if method == "device.token.rotate" {
            assert_eq!(answer["payload"]["tokenDelivery"], "in-band");
            by_token["auth"] = json!({ "deviceToken": answer["payload"]["token"] });
            let (_, hello) = connect(&gateway, by_token, Some(&device)).await;
            assert_eq!(hello["ok"], true, "{hello}");
        }
    }
}

#[tokio::test]
async fn removing_a_device_takes_its_requests_with_it() {
    let gateway = gateway().await;
    let device = Device::new(1);
    let _node = node(&gateway, 4, &device, &["system.which"]).await;
    let upgrade = from_elsewhere(&gateway, &device, asks("operator", &[])).await;
    assert_eq!(details(&upgrade)["reason"], "role-upgrade", "{upgrade}");
    let mut admin = admin(&gateway, 4).await;
    let remove = json!({ "deviceId": device.id() });
    assert_eq!(
        admin.call("device.pair.remove", remove.clone()).await["ok"],
        true
    );
    for family in ["device.pair.list", "node.pair.list"] {
        let list = admin.call(family, json!({})).await;
        assert_eq!(
            list["payload"],
            json!({ "pending": [], "paired": [] }),
            "{family}"
        );
    }
    let again = admin.call("device.pair.remove", remove).await;
    assert_eq!(again["error"]["message"], "unknown deviceId");
    let nodes = admin.call("node.list", json!({})).await;
    assert_eq!(nodes["payload"]["nodes"], json!([]), "{nodes}");
}

#[tokio::test]
async fn operators_hear_of_every_change_and_others_do_not() {
    let gateway = gateway().await;
    let mut admin = admin(&gateway, 4).await;
    let device = Device::new(1);
    let (mut reader, _) = operator(&gateway, &Device::new(2), &["operator.read"]).await;
    operator(&gateway, &device, &["operator.read"]).await;
    let own = json!({ "deviceId": device.id(), "role": "operator" });
    let label = json!({ "deviceId": device.id(), "label": " desk " });
    let id = admin.request("device.pair.rename", label).await;
    admin.event("device.pair.changed").await;
    assert_eq!(admin.response(&id).await["payload"]["label"], "desk");
    for method in ["device.token.rotate", "device.token.revoke"] {
        let id = admin.request(method, own.clone()).await;
        let changed = admin.event("device.pair.changed").await;
        assert_eq!(changed["payload"], json!({}), "{method}");
        assert_eq!(admin.response(&id).await["ok"], true, "{method}");
    }
    let id = reader.request("health", json!({})).await;
    loop {
        match reader.hear().await {
            Heard::Frame(frame) if frame["id"] == id => break,
            Heard::Frame(frame) => {
                let event = frame["event"].as_str().unwrap();
                assert!(!event.contains(".pair."), "{frame}");
            }
            Heard::Ping => {}
            ended => panic!("{ended:?}"),
        }
    }
}

#[tokio::test]
async fn what_the_schema_states_is_enforced_in_the_recorded_words() {
    let gateway = gateway().await;
    let id = Device::new(1).id();
    let long = "x".repeat(65);
    let crabs = "🦀".repeat(64);
    let short = "must not have fewer than 1 characters";
    let mut v4 = admin(&gateway, 4).await;
    let mut v3 = admin(&gateway, 3).await;
    for (method, asks, said) in [
        (
            "device.pair.approve",
            json!({ "requestId": "" }),
            format!("at /requestId: {short}"),
        ),
        (
            "device.pair.reject",
            json!({ "requestId": "" }),
            format!("at /requestId: {short}"),
        ),
        (
            "device.pair.remove",
            json!({ "deviceId": "" }),
            format!("at /deviceId: {short}"),
        ),
        (
            "device.pair.rename",
            json!({ "deviceId": "", "label": "" }),
            format!("at /deviceId: {short}; at /label: {short}"),
        ),
        (
            "device.pair.rename",
            json!({ "deviceId": id, "label": long }),
            "at /label: must not have more than 64 characters".to_owned(),
        ),
        (
            "device.token.rotate",
            json!({ "deviceId": "a", "role": "", "scopes": ["", "x"] }),
            format!("at /role: {short}; at /scopes/0: {short}"),
        ),
        (
            "device.token.revoke",
            json!({ "deviceId": "", "role": "node" }),
            format!("at /deviceId: {short}"),
        ),
        (
            "node.pair.approve",
            json!({ "requestId": "" }),
            format!("at /requestId: {short}"),
        ),
        (
            "node.pair.reject",
            json!({ "requestId": "" }),
            format!("at /requestId: {short}"),
        ),
        (
            "node.pair.remove",
            json!({ "nodeId": "" }),
            format!("at /nodeId: {short}"),
        ),
        (
            "device.pair.setupStatus",
            json!({ "setupId": "x".repeat(129) }),
            "at /setupId: must not have more than 128 characters".to_owned(),
        ),
    ] {
        let answer = v4.call(method, asks.clone()).await;
        let wanted = format!("invalid {method} params: {said}");
        assert_eq!(answer["error"]["message"], wanted, "{method}");
        let info = openclaw_protocol::catalogue::method(method).unwrap();
        if info.access(openclaw_protocol::Generation::V3).is_some() {
            let answer = v3.call(method, asks).await;
            let wanted = wanted.replace("must not", "must NOT");
            assert_eq!(answer["error"]["message"], wanted, "{method} in protocol 3");
        }
    }
    for (asks, said) in [
        (
            json!({ "nodeId": "" }),
            "at /nodeId: must NOT have fewer than 1 characters",
        ),
        (
            json!({ "nodeId": "n", "platform": "", "caps": ["a", ""] }),
            "at /platform: must NOT have fewer than 1 characters; \
             at /caps/1: must NOT have fewer than 1 characters",
        ),
    ] {
        let answer = v3.call("node.pair.request", asks).await;
        let wanted = format!("invalid node.pair.request params: {said}");
        assert_eq!(answer["error"]["message"], wanted);
    }
    // Characters are counted, not bytes; blanks are no name.
    let label = json!({ "deviceId": id, "label": crabs });
    let answer = v4.call("device.pair.rename", label).await;
    assert_eq!(answer["error"]["message"], "unknown deviceId");
    let label = json!({ "deviceId": id, "label": "   " });
    let answer = v4.call("device.pair.rename", label).await;
    assert_eq!(answer["error"]["message"], "label required");
    // The right to call it comes first.
    let (mut reader, _) = operator(&gateway, &Device::new(7), &["operator.read"]).await;
    let answer = reader
        .call("device.pair.approve", json!({ "requestId": "" }))
        .await;
    assert_eq!(
        answer["error"]["message"],
        "missing scope: operator.pairing"
    );
}

#[tokio::test]
async fn a_device_is_not_approved_in_silence_where_that_is_off_or_it_is_elsewhere() {
    let mut strict = options();
    strict.approve_local = false;
    let gateway = Gateway::builder(strict).start().await.unwrap();
    let (_, refused) = connect(&gateway, asks("operator", &[]), Some(&Device::new(1))).await;
    assert_eq!(details(&refused)["reason"], "not-paired", "{refused}");
    let gateway = crate::join::gateway().await;
    let refused = from_elsewhere(&gateway, &Device::new(1), asks("node", &[])).await;
    assert_eq!(details(&refused)["reason"], "not-paired", "{refused}");
    // Here it is, and in silence means that operators are told all the same.
    let mut admin = admin(&gateway, 4).await;
    operator(&gateway, &Device::new(2), &["operator.read"]).await;
    let told = admin.event("device.pair.resolved").await;
    assert_eq!(told["payload"]["decision"], "approved");
    let row = admin.call("device.pair.list", json!({})).await["payload"]["paired"][0].clone();
    assert_eq!(row["approvedVia"], "silent");
    // More scopes for a known device of this host come in silence too; another role does not.
    let (_, wider) = operator(&gateway, &Device::new(2), &["operator.write"]).await;
    assert_eq!(wider["ok"], true, "{wider}");
    let (_, role) = connect(&gateway, asks("node", &[]), Some(&Device::new(2))).await;
    assert_eq!(details(&role)["reason"], "role-upgrade", "{role}");
}
