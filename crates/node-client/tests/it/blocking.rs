//! The façade without `async`.

use std::time::Duration;

use openclaw_node_client::{NodeState, SendError, blocking};
use serde_json::json;

use crate::fake_gateway::FakeGateway;
use crate::node_of;

/// Plays the Gateway on a thread of its own; the node's thread is not ours.
fn gateway_thread<T: Send + 'static>(
    gateway: FakeGateway,
    play: impl AsyncFnOnce(FakeGateway) -> T + Send + 'static,
) -> std::thread::JoinHandle<T> {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(play(gateway))
    })
}

#[test]
fn a_small_program_needs_no_async() {
    let gateway = FakeGateway::new();
    let node = node_of(&gateway)
        .command_blocking("add", |(a, b): (i32, i32), _call| Ok(a + b))
        .build()
        .unwrap();
    let (tell, answered) = std::sync::mpsc::channel();
    let gateway = gateway_thread(gateway, async move |mut gateway: FakeGateway| {
        let mut peer = gateway.admit(4).await;
        let event = peer.take("node.event").await;
        peer.invoke("i1", "add", &json!({"paramsJSON": "[1,2]"}))
            .await;
        let result = peer.result().await;
        tell.send(()).unwrap();
        peer.gone().await;
        (event, result)
    });
    let node = blocking::start(node).unwrap();
    assert!(node.wait_online(Duration::from_secs(20)).is_some());
    node.emit("ready", &json!({"n": 1})).unwrap();
    // The Gateway's thread tells when the call was answered.
    answered.recv_timeout(Duration::from_secs(20)).unwrap();
    node.stop().unwrap();
    let (event, result) = gateway.join().unwrap();
    assert_eq!(event["event"], "ready");
    assert_eq!(result["payloadJSON"], "3");
}

#[test]
fn without_a_gateway_waiting_ends_and_dropping_stops() {
    let gateway = FakeGateway::new();
    let node = blocking::start(node_of(&gateway).build().unwrap()).unwrap();
    assert_eq!(node.wait_online(Duration::from_millis(20)), None);
    assert_eq!(node.emit("x", &()), Err(SendError::NotConnected));
    let handle = node.handle();
    drop(node);
    assert_eq!(handle.state(), NodeState::Stopped);
}

#[test]
fn a_node_that_ended_by_itself_says_why_and_hangs_nobody() {
    let gateway = FakeGateway::new();
    let node = node_of(&gateway).token("wrong").build().unwrap();
    let gateway = gateway_thread(gateway, async |mut gateway: FakeGateway| {
        let refusal = json!({
            "code": "INVALID_REQUEST", "message": "unauthorized: gateway token mismatch",
            "details": {"code": "AUTH_TOKEN_MISMATCH"},
        });
        gateway.accept().await.refuse(&refusal).await;
    });
    let node = blocking::start(node).unwrap();
    assert_eq!(node.wait_online(Duration::from_secs(20)), None);
    gateway.join().unwrap();
    assert_eq!(node.state(), NodeState::Stopped);
    assert_eq!(node.emit("x", &()), Err(SendError::NotConnected));
    assert_eq!(node.wait_online(Duration::from_secs(20)), None);
    assert!(
        node.join()
            .unwrap_err()
            .to_string()
            .contains("token mismatch")
    );
}
