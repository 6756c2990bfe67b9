//! A repeated key runs nothing twice: while its call is on its way, after its end, after the node
//! came back, after the Gateway came back.

use openclaw_gateway_server::{Gateway, NodeCall};
use openclaw_protocol::Raw;
use openclaw_protocol::id::NodeId;
use openclaw_store::{OpenOptions, Store};
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::Device;
use crate::join::{admin, gateway, node, operator, options};
use crate::nodes::{approve_all, invoke};
use crate::peer::Peer;

const COMMAND: &str = "system.which";

/// A Gateway with a node that may be asked.
struct Scene {
    gateway: Gateway,
    device: Device,
    operator: Peer<DuplexStream>,
    node: Peer<DuplexStream>,
    probes: u32,
}

async fn scene(gateway: Gateway) -> Scene {
    let device = Device::new(1);
    let mut operator = admin(&gateway, 4).await;
    let mut node = node(&gateway, 4, &device, &[COMMAND]).await;
    approve_all(&mut operator).await;
    node.event("node.pair.resolved").await;
    Scene {
        gateway,
        device,
        operator,
        node,
        probes: 0,
    }
}

impl Scene {
    fn ask(&self, key: &str, more: &Value) -> Value {
        let mut params = invoke(&self.device, COMMAND, more);
        params["idempotencyKey"] = json!(key);
        params
    }

    /// The next request at the node.
    async fn asked(&mut self) -> Value {
        self.node.event("node.invoke.request").await["payload"].clone()
    }

    async fn answer(&mut self, asked: &Value, payload: Value) -> Value {
        let params = json!({
            "id": asked["id"], "nodeId": self.device.id(), "ok": true, "payload": payload,
        });
        self.node.call("node.invoke.result", params).await["payload"].clone()
    }

    /// Makes sure that the node was asked nothing: its next request is this fresh one.
    async fn nothing_was_asked(&mut self) {
        self.probes += 1;
        let key = format!("probe {}", self.probes);
        let probe = self.ask(&key, &json!({ "params": "probe" }));
        let id = self.operator.request("node.invoke", probe).await;
        let asked = self.asked().await;
        assert_eq!(
            asked["paramsJSON"], "\"probe\"",
            "the node was asked: {asked}"
        );
        self.answer(&asked, json!(0)).await;
        self.operator.response(&id).await;
    }
}

fn outcome(error: &Value) -> (&Value, &Value) {
    let details = &error["error"]["details"];
    (&details["outcome"], &details["nodeCommandDispatched"])
}

#[tokio::test]
async fn a_repeat_joins_the_call_on_its_way_and_then_gets_its_answer() {
    let mut scene = scene(gateway().await).await;
    let ask = scene.ask("k", &json!({ "params": { "a": 1 } }));
    let first = scene.operator.request("node.invoke", ask.clone()).await;
    let asked = scene.asked().await;
    assert_eq!(asked["idempotencyKey"], "k");
    let joined = scene.operator.request("node.invoke", ask.clone()).await;
    // The join is on the table when a later call of the same connection is answered.
    scene.operator.call("health", json!({})).await;
    scene.answer(&asked, json!([7])).await;
    for id in [&first, &joined] {
        let done = scene.operator.response(id).await;
        assert_eq!(done["payload"]["payload"], json!([7]), "{done}");
    }
    let again = scene.operator.call("node.invoke", ask).await;
    assert_eq!(again["payload"]["payload"], json!([7]));
    assert_eq!(again["payload"]["command"], COMMAND);
    scene.nothing_was_asked().await;
}

#[tokio::test]
async fn a_repeat_of_a_call_that_failed_gets_the_same_failure() {
    let mut scene = scene(gateway().await).await;
    let ask = scene.ask("k", &json!({}));
    let id = scene.operator.request("node.invoke", ask.clone()).await;
    let asked = scene.asked().await;
    let failed = json!({
        "id": asked["id"], "nodeId": scene.device.id(), "ok": false,
        "error": { "code": "NO_DISK", "message": "full" },
    });
    scene.node.call("node.invoke.result", failed).await;
    let first = scene.operator.response(&id).await["error"].clone();
    assert_eq!(first["message"], "NO_DISK: full");
    let again = scene.operator.call("node.invoke", ask).await["error"].clone();
    assert_eq!(again, first);
    scene.nothing_was_asked().await;
}

#[tokio::test]
async fn a_key_means_one_call_of_one_caller() {
    let mut scene = scene(gateway().await).await;
    let one = scene.ask("k", &json!({ "params": 1 }));
    let id = scene.operator.request("node.invoke", one).await;
    let asked = scene.asked().await;
    // The same caller with other params: an error, and nothing is sent.
    let two = scene.ask("k", &json!({ "params": 2 }));
    let refused = scene.operator.call("node.invoke", two).await;
    assert_eq!(
        refused["error"]["details"]["code"],
        "IDEMPOTENCY_KEY_REUSED"
    );
    // Another caller with the same key: a call of its own.
    let (mut other, _) = operator(&scene.gateway, &Device::new(2), &["operator.write"]).await;
    let theirs = other
        .request("node.invoke", scene.ask("k", &json!({ "params": 1 })))
        .await;
    let second = scene.asked().await;
    assert_ne!(second["id"], asked["id"]);
    scene.answer(&asked, json!("mine")).await;
    scene.answer(&second, json!("theirs")).await;
    let mine = scene.operator.response(&id).await;
    assert_eq!(mine["payload"]["payload"], "mine");
    let theirs = other.response(&theirs).await;
    assert_eq!(theirs["payload"]["payload"], "theirs");
    let empty = scene.ask("", &json!({}));
    let refused = scene.operator.call("node.invoke", empty).await;
    assert_eq!(refused["error"]["code"], "INVALID_REQUEST", "{refused}");
}

#[tokio::test]
async fn a_node_that_went_while_it_was_at_it_is_not_asked_again_by_the_same_key() {
    let mut scene = scene(gateway().await).await;
    let ask = scene.ask("k", &json!({}));
    let id = scene.operator.request("node.invoke", ask.clone()).await;
    let asked = scene.asked().await;
    let fresh = node(&scene.gateway, 4, &scene.device, &[COMMAND]).await;
    let mut old = std::mem::replace(&mut scene.node, fresh);
    let ended = scene.operator.response(&id).await;
    assert_eq!(outcome(&ended), (&json!("unknown"), &json!(true)));
    let again = scene.operator.call("node.invoke", ask.clone()).await;
    assert_eq!(again["error"]["details"]["code"], "OUTCOME_UNKNOWN");
    assert_eq!(outcome(&again), (&json!("unknown"), &json!(true)));
    scene.nothing_was_asked().await;
    // Its late answer, over either connection, is what a repeat gets from then on.
    let late = json!({
        "id": asked["id"], "nodeId": scene.device.id(), "ok": true, "payload": "late",
    });
    let said = old.call("node.invoke.result", late).await;
    assert_eq!(said["payload"], json!({ "ok": true, "ignored": true }));
    let again = scene.operator.call("node.invoke", ask).await;
    assert_eq!(again["payload"]["payload"], "late", "{again}");
    scene.nothing_was_asked().await;
}

#[tokio::test]
async fn a_call_that_was_not_sent_may_be_made_again_with_its_key() {
    let mut scene = scene(gateway().await).await;
    let ask = scene.ask("k", &json!({}));
    scene.node = {
        let gone = std::mem::replace(
            &mut scene.node,
            node(&scene.gateway, 4, &Device::new(9), &[]).await,
        );
        drop(gone);
        // Until the Gateway noticed.
        loop {
            let list = scene.operator.call("node.list", json!({})).await;
            let rows = list["payload"]["nodes"].as_array().unwrap().clone();
            let row = rows
                .iter()
                .find(|row| row["nodeId"] == scene.device.id())
                .unwrap();
            if row["connected"] == false {
                assert!(row["lastDisconnectedAtMs"].is_u64(), "{row}");
                assert_eq!(row["lastSeenReason"], "disconnect");
                break;
            }
        }
        let refused = scene.operator.call("node.invoke", ask.clone()).await;
        assert_eq!(
            outcome(&refused),
            (&json!("not-dispatched"), &json!(false)),
            "{refused}"
        );
        node(&scene.gateway, 4, &scene.device, &[COMMAND]).await
    };
    let id = scene.operator.request("node.invoke", ask).await;
    let asked = scene.asked().await;
    scene.answer(&asked, json!(1)).await;
    assert_eq!(
        scene.operator.response(&id).await["payload"]["payload"],
        json!(1)
    );
}

#[tokio::test]
async fn keys_are_known_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let start = async || {
        let store = Store::open(&path, &OpenOptions::create()).unwrap();
        let builder = Gateway::builder(options()).store(store);
        builder.start().await.unwrap()
    };
    let mut before = scene(start().await).await;
    let done = before.ask("done", &json!({}));
    let id = before.operator.request("node.invoke", done.clone()).await;
    let asked = before.asked().await;
    before.answer(&asked, json!({ "x": 1 })).await;
    before.operator.response(&id).await;
    let cut = before.ask("cut", &json!({}));
    let id = before.operator.request("node.invoke", cut.clone()).await;
    let asked = before.asked().await;
    let Scene {
        gateway,
        device,
        mut operator,
        node: old,
        probes,
    } = before;
    let (_, ended) = tokio::join!(gateway.shutdown("test"), operator.response(&id));
    assert_eq!(
        outcome(&ended),
        (&json!("unknown"), &json!(true)),
        "{ended}"
    );
    drop(old);

    let gateway = start().await;
    let mut after = Scene {
        operator: admin(&gateway, 4).await,
        node: node(&gateway, 4, &device, &[COMMAND]).await,
        gateway,
        device,
        probes,
    };
    let again = after.operator.call("node.invoke", done).await;
    assert_eq!(again["payload"]["payload"], json!({ "x": 1 }), "{again}");
    let again = after.operator.call("node.invoke", cut.clone()).await;
    assert_eq!(again["error"]["details"]["code"], "OUTCOME_UNKNOWN");
    after.nothing_was_asked().await;
    // The node finished meanwhile.
    let said = after.answer(&asked, json!("late")).await;
    assert_eq!(said["ignored"], true);
    let again = after.operator.call("node.invoke", cut).await;
    assert_eq!(again["payload"]["payload"], "late", "{again}");
}

#[tokio::test]
async fn a_caller_that_goes_takes_its_call_back_and_the_late_answer_waits_for_it() {
    let mut scene = scene(gateway().await).await;
    let ask = scene.ask("k", &json!({ "timeoutMs": 0 }));
    scene.operator.request("node.invoke", ask.clone()).await;
    let asked = scene.asked().await;
    let fresh = admin(&scene.gateway, 4).await;
    drop(std::mem::replace(&mut scene.operator, fresh));
    let cancelled = scene.node.event("node.invoke.cancel").await;
    assert_eq!(cancelled["payload"]["invokeId"], asked["id"]);
    let said = scene.answer(&asked, json!("done anyway")).await;
    assert_eq!(said["ignored"], true);
    let again = scene.operator.call("node.invoke", ask).await;
    assert_eq!(again["payload"]["payload"], "done anyway");
    scene.nothing_was_asked().await;
}

#[tokio::test]
async fn one_of_two_that_wait_may_go_and_the_call_goes_on() {
    let mut scene = scene(gateway().await).await;
    let ask = scene.ask("k", &json!({}));
    let mut second = admin(&scene.gateway, 4).await;
    scene.operator.request("node.invoke", ask.clone()).await;
    let asked = scene.asked().await;
    let id = second.request("node.invoke", ask).await;
    second.call("health", json!({})).await;
    let fresh = admin(&scene.gateway, 4).await;
    drop(std::mem::replace(&mut scene.operator, fresh));
    scene.answer(&asked, json!(1)).await;
    let done = second.response(&id).await;
    assert_eq!(done["payload"]["payload"], json!(1), "{done}");
}

fn raw(text: &str) -> Box<Raw> {
    Raw::from_string(text.to_owned()).unwrap()
}

#[tokio::test]
async fn the_program_that_embeds_a_gateway_sees_progress_and_sends_input() {
    let mut scene = scene(gateway().await).await;
    let call = NodeCall {
        params: Some(raw(r#"{"b":2, "a":1}"#)),
        ..NodeCall::new(NodeId::from(scene.device.id()), COMMAND)
    };
    let mut handle = scene.gateway.call_node(&call).unwrap();
    let asked = scene.asked().await;
    assert_eq!(asked["paramsJSON"], r#"{"b":2, "a":1}"#);
    let progress = |seq: u64, chunk: &str| {
        json!({
            "invokeId": asked["id"], "nodeId": scene.device.id(), "seq": seq, "chunk": chunk,
        })
    };
    let (first, twice) = (progress(0, "one"), progress(0, "again"));
    let (foreign, large) = (
        json!({ "invokeId": asked["id"], "nodeId": "x", "seq": 1, "chunk": "" }),
        progress(1, &"x".repeat(16_385)),
    );
    let said = scene.node.call("node.invoke.progress", first).await;
    assert_eq!(said["payload"], json!({ "ok": true }));
    let said = scene.node.call("node.invoke.progress", twice).await;
    assert_eq!(said["payload"]["ignored"], true);
    for (bad, why) in [(foreign, "nodeId mismatch"), (large, "more than 16384")] {
        let refused = scene.node.call("node.invoke.progress", bad).await;
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
    }
    assert_eq!(handle.progress().await.as_deref(), Some("one"));
    assert!(handle.input(&raw(r#"{"more":true}"#)));
    assert!(!handle.input(&raw(&format!("\"{}\"", "x".repeat(16_384)))));
    let input = scene.node.event("node.invoke.input").await["payload"].clone();
    assert_eq!(input["id"], asked["id"]);
    assert_eq!(
        (&input["seq"], &input["payloadJSON"]),
        (&json!(0), &json!(r#"{"more":true}"#))
    );
    scene.answer(&asked, json!({ "end": true })).await;
    assert_eq!(handle.progress().await, None);
    let answer = handle.result().await.unwrap();
    assert_eq!(answer.payload.get(), r#"{"end":true}"#);
    assert!(handle.result().await.is_err());
    assert!(!handle.input(&raw("1")));
    // A caller on the wire takes no progress, and the node is told.
    let ask = scene.ask("wire", &json!({}));
    scene.operator.request("node.invoke", ask).await;
    let asked = scene.asked().await;
    let params = json!({
        "invokeId": asked["id"], "nodeId": scene.device.id(), "seq": 0, "chunk": "x",
    });
    let said = scene.node.call("node.invoke.progress", params).await;
    assert_eq!(said["payload"]["ignored"], true);
}

#[tokio::test]
async fn a_call_of_the_program_that_is_dropped_is_taken_back() {
    let mut scene = scene(gateway().await).await;
    let call = NodeCall::new(NodeId::from(scene.device.id()), COMMAND);
    let handle = scene.gateway.call_node(&call).unwrap();
    let asked = scene.asked().await;
    drop(handle);
    let cancelled = scene.node.event("node.invoke.cancel").await;
    assert_eq!(cancelled["payload"]["invokeId"], asked["id"]);
    let mut again = scene.gateway.call_node(&call).unwrap();
    let error = again.result().await.unwrap_err();
    assert_eq!(error.details.unwrap()["code"], "OUTCOME_UNKNOWN");
    let unknown = NodeCall::new(NodeId::from("nobody"), COMMAND);
    assert!(scene.gateway.call_node(&unknown).is_err());
    let denied = NodeCall::new(NodeId::from(scene.device.id()), "sms.send");
    let error = scene.gateway.call_node(&denied).unwrap_err();
    assert_eq!(error.details.unwrap()["reason"], "command not allowlisted");
}
