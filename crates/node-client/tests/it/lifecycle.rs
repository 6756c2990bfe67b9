//! From the first connection to the last: pairing, reconnects, and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openclaw_node_client::connect::{Class, Credentials, LinkError};
use openclaw_node_client::{BuildError, Node, NodeHandle, NodeState, RunError};
use serde_json::json;
use tokio::task::JoinSet;

use crate::fake_gateway::FakeGateway;
use crate::node_of;

fn spawn(node: Node) -> (NodeHandle, JoinSet<Result<(), RunError>>) {
    let handle = node.handle();
    let mut tasks = JoinSet::new();
    tasks.spawn(node.run());
    (handle, tasks)
}

async fn wait_for(handle: &NodeHandle, wanted: impl FnMut(&NodeState) -> bool) -> NodeState {
    let mut states = handle.watch();
    let found = tokio::time::timeout(Duration::from_secs(20), states.wait_for(wanted)).await;
    found.expect("the state never came").unwrap().clone()
}

#[tokio::test]
async fn a_node_waits_for_approval_and_is_online_after_it() {
    let mut gateway = FakeGateway::new();
    let (handle, _tasks) = spawn(node_of(&gateway).build().unwrap());
    let refusal = json!({
        "code": "NOT_PAIRED", "message": "pairing required",
        "details": {"code": "PAIRING_REQUIRED", "requestId": "req-1"},
    });
    gateway.accept().await.refuse(&refusal).await;
    let waiting = wait_for(&handle, |s| {
        matches!(s, NodeState::WaitingForApproval { .. })
    })
    .await;
    let NodeState::WaitingForApproval {
        request_id,
        command,
        ..
    } = waiting
    else {
        unreachable!()
    };
    assert_eq!(request_id.as_deref(), Some("req-1"));
    assert_eq!(command.as_deref(), Some("openclaw devices approve req-1"));
    gateway.accept().await.refuse(&refusal).await;
    let _peer = gateway.admit(4).await;
    let online = handle.wait_online().await.unwrap();
    assert_eq!(online.server_version, "2026.9.6");
}

#[tokio::test]
async fn whoever_approved_can_have_it_tried_at_once() {
    let mut gateway = FakeGateway::new();
    let node = node_of(&gateway).approval_poll(Duration::from_secs(3600));
    let (handle, _tasks) = spawn(node.build().unwrap());
    // February says it in words only.
    let refusal = json!({"code": "NOT_PAIRED", "message": "pairing required"});
    gateway.accept().await.refuse(&refusal).await;
    wait_for(&handle, |s| {
        matches!(s, NodeState::WaitingForApproval { .. })
    })
    .await;
    handle.retry_now();
    let _peer = gateway.admit(3).await;
    handle.wait_online().await.unwrap();
}

#[tokio::test]
async fn a_wrong_token_is_the_end_and_says_why() {
    let mut gateway = FakeGateway::new();
    let (handle, mut tasks) = spawn(node_of(&gateway).token("wrong").build().unwrap());
    let refusal = json!({
        "code": "INVALID_REQUEST", "message": "unauthorized: gateway token mismatch (provide gateway auth token)",
        "details": {"code": "AUTH_TOKEN_MISMATCH"},
    });
    gateway.accept().await.refuse(&refusal).await;
    let error = tasks.join_next().await.unwrap().unwrap().unwrap_err();
    assert!(
        error.to_string().contains("gateway token mismatch"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("wrong"), "{error:?}");
    let LinkError::Connect(cause) = &error.0 else {
        panic!("{error:?}")
    };
    assert_eq!(Class::of_connect(cause), Class::Stop);
    assert_eq!(handle.state(), NodeState::Stopped);
    assert_eq!(handle.wait_online().await, None);
}

#[tokio::test]
async fn a_lost_connection_comes_back() {
    let mut gateway = FakeGateway::new();
    let (handle, _tasks) = spawn(node_of(&gateway).build().unwrap());
    drop(gateway.admit(4).await);
    let offline = wait_for(&handle, |s| matches!(s, NodeState::Offline { .. })).await;
    let NodeState::Offline { reason, .. } = offline else {
        unreachable!()
    };
    assert!(reason.contains("1006"), "{reason}");
    handle.retry_now();
    let _peer = gateway.admit(3).await;
    handle.wait_online().await.unwrap();
}

#[tokio::test]
async fn credentials_are_asked_for_before_every_attempt() {
    let mut gateway = FakeGateway::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let node =
        node_of(&gateway).credentials_from(move || match count.fetch_add(1, Ordering::SeqCst) {
            0 => Err("the token file cannot be read".to_owned()),
            n => Ok(Credentials::token(format!("token-{n}"))),
        });
    let (handle, _tasks) = spawn(node.build().unwrap());
    let offline = wait_for(&handle, |s| matches!(s, NodeState::Offline { .. })).await;
    let NodeState::Offline { reason, .. } = offline else {
        unreachable!()
    };
    assert_eq!(reason, "the token file cannot be read");
    handle.retry_now();
    let peer = gateway.admit(4).await;
    assert_eq!(peer.connect["params"]["auth"]["token"], "token-1");
    handle.wait_online().await.unwrap();
    drop(peer);
    wait_for(&handle, |s| matches!(s, NodeState::Offline { .. })).await;
    handle.retry_now();
    let peer = gateway.admit(4).await;
    assert_eq!(peer.connect["params"]["auth"]["token"], "token-2");
}

#[tokio::test]
async fn a_stopped_node_ends_well_and_closes_its_connection() {
    let mut gateway = FakeGateway::new();
    let (handle, mut tasks) = spawn(node_of(&gateway).build().unwrap());
    let peer = gateway.admit(4).await;
    handle.wait_online().await.unwrap();
    handle.stop();
    peer.gone().await;
    tasks.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(handle.state(), NodeState::Stopped);
}

#[tokio::test]
async fn the_identity_of_a_directory_stays() {
    let gateway = FakeGateway::new();
    let dir = tempfile::tempdir().unwrap();
    let node = || {
        node_of(&gateway)
            .identity_dir(dir.path().join("identity"))
            .build()
            .unwrap()
    };
    let first = node().node_id().clone();
    assert_eq!(*node().node_id(), first);
    assert_eq!(first.as_str().len(), 64);
}

#[test]
fn mistakes_are_reported_when_building() {
    let error = |node: Result<Node, BuildError>| node.unwrap_err().to_string();
    let none = Node::builder("ws://127.0.0.1:1").build();
    assert!(error(none).contains("identity_dir"));
    let bad = Node::builder("http//nowhere").identity_dir("/x").build();
    assert!(error(bad).contains("address"));
    let gateway = FakeGateway::new();
    let twice = node_of(&gateway)
        .command("a", |(): (), _| async move { Ok(()) })
        .command_blocking("a", |(): (), _| Ok(()));
    assert_eq!(error(twice.build()), "the command `a` has two handlers");
    let unnamed = node_of(&gateway).command_raw(" ", |_, _| async move { Ok(None) });
    assert!(error(unnamed.build()).contains("empty name"));
}
