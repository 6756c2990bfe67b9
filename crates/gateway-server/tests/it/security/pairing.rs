//! Approval of devices and nodes, through every way to it.

use openclaw_gateway_server::offline::Book;
use openclaw_gateway_server::{Gateway, TokenKey};
use openclaw_store::{OpenOptions, Store};
use serde_json::{Value, json};

use super::operator_of;
use crate::device::Device;
use crate::join::{admin, connect_from, options, params};

const ELSEWHERE: &str = "192.0.2.7";

/// A device elsewhere asks to become an operator with these scopes; the request's id.
async fn asks(gateway: &Gateway, device: &Device, scopes: &[&str]) -> Value {
    let mut params = params(4, "cli", "cli", "operator");
    params["scopes"] = json!(scopes);
    let (_, refused) = connect_from(gateway, ELSEWHERE, params, Some(device)).await;
    assert_eq!(refused["error"]["code"], "NOT_PAIRED", "{refused}");
    refused["error"]["details"]["requestId"].clone()
}

#[tokio::test]
async fn cve_2026_33579_no_way_of_approving_grants_more_than_the_caller_holds() {
    let gateway = Gateway::builder(options()).start().await.unwrap();
    let wanted = [
        "operator.admin",
        "operator.read",
        "operator.write",
        "operator.approvals",
    ];
    let mut seed = 10;
    for generation in [3, 4] {
        for scope in wanted {
            seed += 1;
            let asker = Device::new(seed);
            let request = asks(&gateway, &asker, &[scope]).await;
            let approve = json!({ "requestId": request });
            let holds: Vec<&str> =
                ["operator.pairing", "operator.talk", "operator.questions"].into();
            let device = Device::new(seed + 100);
            let (mut weak, hello) = operator_of(&gateway, generation, &device, &holds).await;
            assert_eq!(hello["ok"], true, "{hello}");
            let answer = weak.call("device.pair.approve", approve.clone()).await;
            let said = format!("missing scope: {scope}");
            assert_eq!(answer["error"]["message"], said, "protocol {generation}");
            // An operator is no node: the other family does not know the request.
            let answer = weak.call("node.pair.approve", approve.clone()).await;
            assert_eq!(answer["error"]["message"], "unknown requestId");
            // Neither could the weak caller have made a code that gives it.
            let answer = weak.call("device.pair.setupCode", json!({})).await;
            assert_eq!(answer["error"]["message"], "missing scope: operator.admin");
            // Nothing was decided.
            let mut admin = admin(&gateway, generation).await;
            let done = admin.call("device.pair.approve", approve).await;
            assert_eq!(
                done["payload"]["device"]["scopes"],
                json!([scope]),
                "{done}"
            );
        }
    }
}

#[tokio::test]
async fn cve_2026_33579_a_shell_is_approved_by_an_admin_alone_in_either_family() {
    let gateway = Gateway::builder(options()).start().await.unwrap();
    let holds = ["operator.pairing", "operator.write"];
    let (mut weak, _) = operator_of(&gateway, 4, &Device::new(1), &holds).await;
    for (seed, family) in [(11, "node.pair.approve"), (12, "device.pair.approve")] {
        let node = Device::new(seed);
        let mut asks = params(4, "node-host", "node", "node");
        asks["commands"] = json!(["system.run"]);
        // Paired in silence, since it is local; what it may run waits for a person.
        let (_node, hello) = crate::join::connect(&gateway, asks, Some(&node)).await;
        assert_eq!(hello["ok"], true, "{hello}");
        let list = weak.call("node.pair.list", json!({})).await;
        let request = &list["payload"]["pending"][0]["requestId"];
        let approve = json!({ "requestId": request });
        let answer = weak.call(family, approve.clone()).await;
        assert_eq!(
            answer["error"]["message"], "missing scope: operator.admin",
            "{family}"
        );
        let done = admin(&gateway, 4).await.call(family, approve).await;
        assert_eq!(done["ok"], true, "{family}: {done}");
        let row = weak.call("node.pair.list", json!({})).await;
        assert_eq!(row["payload"]["pending"], json!([]), "{family}");
    }
}

#[tokio::test]
async fn cve_2026_33579_approval_beside_a_stopped_gateway_grants_what_was_asked_and_no_more() {
    let state = tempfile::tempdir().unwrap();
    let database = state.path().join("state.sqlite");
    let key = || TokenKey::from_bytes([5; 32]);
    let gateway = Gateway::builder(options())
        .store(Store::open(&database, &OpenOptions::create()).unwrap())
        .token_key(key())
        .start()
        .await
        .unwrap();
    let asker = Device::new(1);
    let request = asks(&gateway, &asker, &["operator.read"]).await;
    gateway.shutdown("test").await;

    let book = Book::open(state.path(), &database, key()).await.unwrap();
    let done = book.approve(request.as_str().unwrap()).await.unwrap();
    let shown = serde_json::to_value(&done.device).unwrap();
    assert_eq!(shown["scopes"], json!(["operator.read"]));
    assert_eq!(shown["roles"], json!(["operator"]));
    // The owner of the machine has every right, and yet nothing goes beyond the approval.
    let operator = openclaw_protocol::Role::Operator;
    for (role, scope) in [
        (&operator, openclaw_protocol::Scope::Admin),
        (
            &openclaw_protocol::Role::Node,
            openclaw_protocol::Scope::Read,
        ),
    ] {
        let beyond = book.rotate(&asker.id(), role, Some([scope].into())).await;
        assert!(beyond.is_err(), "{beyond:?}");
    }
    book.close().await.unwrap();
}
