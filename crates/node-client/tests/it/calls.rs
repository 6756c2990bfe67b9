//! Calls and events on an open connection, in both generations' shapes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::{
    InvokeContext, Node, NodeError, NodeHandle, NodeState, RunError, SendError,
};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use crate::fake_gateway::FakeGateway;
use crate::node_of;

/// A node that runs until the test is over.
struct Running {
    handle: NodeHandle,
    node_id: String,
    tasks: JoinSet<Result<(), RunError>>,
}

fn run(node: Node) -> Running {
    let (handle, node_id) = (node.handle(), node.node_id().to_string());
    let mut tasks = JoinSet::new();
    tasks.spawn(node.run());
    Running {
        handle,
        node_id,
        tasks,
    }
}

impl Running {
    async fn stop(mut self) -> Result<(), RunError> {
        self.handle.stop();
        self.tasks.join_next().await.unwrap().unwrap()
    }
}

fn adder() -> impl Fn(Value, InvokeContext) -> std::future::Ready<Result<Value, NodeError>> {
    |params, _| {
        let sum = params["a"]
            .as_i64()
            .zip(params["b"].as_i64())
            .map(|(a, b)| a + b);
        std::future::ready(match sum {
            Some(sum) => Ok(json!({"sum": sum})),
            None => Err(NodeError::invalid_request("two numbers required")),
        })
    }
}

#[tokio::test]
async fn a_connect_says_what_the_node_is_and_offers() {
    let mut gateway = FakeGateway::new();
    let node = node_of(&gateway)
        .display_name("Shed")
        .version("1.2.3")
        .instance_id("inst-1")
        .platform("linux", "Linux")
        .model_identifier("pi-5")
        .token("sesame")
        .cap("thermo")
        .cap("thermo")
        .permission("camera", false)
        .path_env("/usr/bin")
        .command("thermo.read", adder())
        .command("thermo.set", adder())
        .build()
        .unwrap();
    let running = run(node);
    let peer = gateway.accept().await;
    let params = &peer.connect["params"];
    assert_eq!(
        (&params["minProtocol"], &params["maxProtocol"]),
        (&json!(3), &json!(4))
    );
    assert_eq!(
        params["client"],
        json!({
            "id": "node-host", "displayName": "Shed", "version": "1.2.3", "platform": "linux",
            "deviceFamily": "Linux", "modelIdentifier": "pi-5", "mode": "node",
            "instanceId": "inst-1",
        })
    );
    assert_eq!(params["role"], "node");
    assert_eq!(params["scopes"], json!([]));
    assert_eq!(params["caps"], json!(["thermo"]));
    assert_eq!(params["commands"], json!(["thermo.read", "thermo.set"]));
    assert_eq!(params["permissions"], json!({"camera": false}));
    assert_eq!(params["pathEnv"], "/usr/bin");
    assert_eq!(params["auth"], json!({"token": "sesame"}));
    assert_eq!(params["device"]["id"], running.node_id.as_str());
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_february_call_is_answered() {
    let mut gateway = FakeGateway::new();
    let running = run(node_of(&gateway).command("add", adder()).build().unwrap());
    let mut peer = gateway.admit(3).await;
    let online = running.handle.wait_online().await.unwrap();
    assert_eq!(online.generation, Generation::V3);
    peer.invoke(
        "i1",
        "add",
        &json!({"paramsJSON": "{\"a\":1,\"b\":2}", "idempotencyKey": "k"}),
    )
    .await;
    assert_eq!(
        peer.result().await,
        json!({"id": "i1", "nodeId": running.node_id, "ok": true, "payloadJSON": "{\"sum\":3}"})
    );
    peer.invoke("i2", "add", &json!({})).await;
    assert_eq!(
        peer.result().await,
        json!({
            "id": "i2", "nodeId": running.node_id, "ok": false,
            "error": {"code": "INVALID_REQUEST", "message": "two numbers required"},
        })
    );
    peer.invoke("i3", "subtract", &json!({})).await;
    assert_eq!(
        peer.result().await["error"]["message"],
        "command not supported"
    );
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_newer_call_gets_progress_and_can_be_taken_back() {
    let mut gateway = FakeGateway::new();
    let ended = Arc::new(Notify::new());
    let seen = Arc::clone(&ended);
    let node = node_of(&gateway).command("watch", move |(): (), call: InvokeContext| {
        let seen = Arc::clone(&seen);
        async move {
            assert!(call.progress(&"x".repeat(20_000)).await);
            call.cancellation().cancelled().await;
            seen.notify_one();
            Ok(())
        }
    });
    let running = run(node.build().unwrap());
    let mut peer = gateway.admit(4).await;
    peer.invoke(
        "i1",
        "watch",
        &json!({"timeoutMs": 0, "idempotencyKey": "k"}),
    )
    .await;
    let first = peer.take("node.invoke.progress").await;
    assert_eq!(
        (&first["invokeId"], &first["seq"]),
        (&json!("i1"), &json!(0))
    );
    assert_eq!(first["nodeId"], running.node_id.as_str());
    assert_eq!(first["chunk"].as_str().unwrap().len(), 16_384);
    let second = peer.take("node.invoke.progress").await;
    assert_eq!(
        (&second["seq"], second["chunk"].as_str().unwrap().len()),
        (&json!(1), 3_616)
    );
    peer.event(
        "node.invoke.cancel",
        &json!({"invokeId": "i1", "nodeId": running.node_id}),
    )
    .await;
    ended.notified().await;
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_result_beyond_the_february_limit_is_an_error_not_the_end() {
    let mut gateway = FakeGateway::new();
    let node = node_of(&gateway).command("big", |bytes: usize, _| async move {
        Ok::<_, NodeError>("\"".repeat(bytes))
    });
    let running = run(node.build().unwrap());
    let mut peer = gateway.admit(3).await;
    peer.invoke("i1", "big", &json!({"paramsJSON": "600000"}))
        .await;
    assert_eq!(peer.result().await["error"]["code"], "PAYLOAD_TOO_LARGE");
    // Twice escaped it is too large, once escaped it is not.
    peer.invoke("i2", "big", &json!({"paramsJSON": "200000"}))
        .await;
    assert_eq!(
        peer.result().await["payload"].as_str().unwrap().len(),
        200_000
    );
    peer.invoke("i3", "big", &json!({"paramsJSON": "3"})).await;
    assert_eq!(peer.result().await["payloadJSON"], "\"\\\"\\\"\\\"\"");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_run_outlives_its_connection_and_answers_the_repeated_key() {
    let mut gateway = FakeGateway::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(Semaphore::new(0));
    let (count, door) = (Arc::clone(&runs), Arc::clone(&gate));
    let node = node_of(&gateway).command("slow", move |(): (), _| {
        let door = Arc::clone(&door);
        let run = count.fetch_add(1, Ordering::SeqCst);
        async move {
            door.acquire().await?.forget();
            Ok(run)
        }
    });
    let running = run(node.build().unwrap());
    let mut peer = gateway.admit(4).await;
    peer.invoke("i1", "slow", &json!({"idempotencyKey": "k"}))
        .await;
    peer.invoke("i2", "other", &json!({})).await;
    peer.result().await;
    drop(peer);
    let mut states = running.handle.watch();
    let is_offline = |state: &NodeState| matches!(state, NodeState::Offline { .. });
    states.wait_for(is_offline).await.unwrap();
    running.handle.retry_now();
    let mut peer = gateway.admit(4).await;
    peer.invoke("i3", "slow", &json!({"idempotencyKey": "k"}))
        .await;
    gate.add_permits(2);
    let result = peer.result().await;
    assert_eq!(
        (&result["id"], &result["payloadJSON"]),
        (&json!("i3"), &json!("0"))
    );
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn events_go_out_with_both_generations_acknowledgements() {
    let mut gateway = FakeGateway::new();
    let running = run(node_of(&gateway).build().unwrap());
    let refused = running.handle.emit("a", &1).await;
    assert_eq!(refused, Err(SendError::NotConnected));

    let mut peer = gateway.admit(4).await;
    running.handle.wait_online().await.unwrap();
    let payload = json!({"trigger": "connect"});
    let (ack, request) = tokio::join!(
        running.handle.emit("node.presence.alive", &payload),
        async {
            let request = peer.request("node.event").await;
            let ack = json!({"ok": true, "event": "node.presence.alive", "handled": true, "reason": "persisted"});
            peer.acknowledge(&request, &ack).await;
            request
        }
    );
    assert_eq!(
        request["params"],
        json!({"event": "node.presence.alive", "payload": payload})
    );
    let ack = ack.unwrap();
    assert_eq!(
        (ack.handled, ack.reason.as_deref()),
        (Some(true), Some("persisted"))
    );

    let (ack, _) = tokio::join!(running.handle.emit("x", &()), peer.take("node.event"));
    assert_eq!(ack.unwrap().handled, None);

    let (refused, ()) = tokio::join!(running.handle.emit("x", &()), async {
        let id = peer.request("node.event").await["id"].clone();
        let error = json!({"code": "INVALID_REQUEST", "message": "no"});
        peer.send(&json!({"type": "res", "id": id, "ok": false, "error": error}))
            .await;
    });
    assert!(matches!(refused, Err(SendError::Refused(error)) if error.message == "no"));

    let (lost, ()) = tokio::join!(running.handle.emit("x", &()), async {
        peer.request("node.event").await;
        drop(peer);
    });
    assert!(
        matches!(lost, Err(SendError::Unanswered { .. })),
        "{lost:?}"
    );
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_handler_can_emit_events_of_its_own() {
    let mut gateway = FakeGateway::new();
    let node = node_of(&gateway).command("press", |(): (), call: InvokeContext| async move {
        call.node().emit("button.pressed", &json!({"n": 1})).await?;
        Ok("done")
    });
    let running = run(node.build().unwrap());
    let mut peer = gateway.admit(4).await;
    peer.invoke("i1", "press", &json!({})).await;
    assert_eq!(peer.take("node.event").await["event"], "button.pressed");
    assert_eq!(peer.result().await["payloadJSON"], "\"done\"");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn events_of_the_gateway_are_heard() {
    let mut gateway = FakeGateway::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let node = node_of(&gateway)
        .on_event("voicewake.changed", move |payload: Value| {
            sink.lock().unwrap().push(payload["triggers"][0].clone());
        })
        .command("last", |(): (), _| async move { Ok(()) });
    let running = run(node.build().unwrap());
    let mut peer = gateway.accept().await;
    // Gateways may send it before the hello.
    peer.event("voicewake.changed", &json!({"triggers": ["early"]}))
        .await;
    peer.hello(4).await;
    peer.event("tick", &json!({"ts": 1})).await;
    peer.event("voicewake.changed", &json!({"triggers": ["late"]}))
        .await;
    peer.invoke("i1", "last", &json!({})).await;
    peer.result().await;
    assert_eq!(*heard.lock().unwrap(), [json!("early"), json!("late")]);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn stopping_cancels_calls_and_still_answers_them() {
    let mut gateway = FakeGateway::new();
    let started = Arc::new(Notify::new());
    let seen = Arc::clone(&started);
    let node = node_of(&gateway).command("wait", move |(): (), call: InvokeContext| {
        let seen = Arc::clone(&seen);
        async move {
            seen.notify_one();
            call.cancellation().cancelled().await;
            Ok(())
        }
    });
    let running = run(node.build().unwrap());
    let mut peer = gateway.admit(4).await;
    peer.invoke("i1", "wait", &json!({"timeoutMs": 60_000}))
        .await;
    started.notified().await;
    let (stopped, result) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(10), running.stop()),
        async {
            let result = peer.result().await;
            peer.gone().await;
            result
        }
    );
    stopped.unwrap().unwrap();
    assert_eq!(result["error"]["code"], "CANCELLED");
}
