//! The Gateway for tests itself: it is as strict as a real one, and says what went wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openclaw_node_client::protocol::Generation;
use openclaw_node_client::testing::{TestError, TestGateway};
use openclaw_node_client::{InvokeContext, Node, NodeBuilder, NodeError, NodeState};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

fn node() -> NodeBuilder {
    // Nothing of this is touched: not the address, not the folder.
    Node::builder("wss://gateway.invalid").identity_dir("/nonexistent/identity")
}

fn counter() -> (NodeBuilder, Arc<AtomicUsize>) {
    let runs = Arc::<AtomicUsize>::default();
    let seen = Arc::clone(&runs);
    let node = node().command("count", move |(): (), _| {
        let run = seen.fetch_add(1, Ordering::SeqCst);
        async move { Ok::<_, NodeError>(run) }
    });
    (node, runs)
}

#[tokio::test]
async fn it_speaks_both_generations() {
    for generation in [Generation::V3, Generation::V4] {
        let (node, _) = counter();
        let gateway = TestGateway::builder().generation(generation).start(node);
        let gateway = gateway.await.unwrap();
        assert_eq!(gateway.node().generation(), Some(generation));
        let answer = gateway.invoke("count", json!(null)).await.unwrap();
        assert_eq!(answer.json::<usize>().unwrap(), 0);
        assert_eq!(
            gateway.declared().unwrap().commands.as_deref(),
            Some(&["count".to_owned()][..])
        );
        gateway.stop().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_node_does_not_offer_is_not_called() {
    let (node, runs) = counter();
    let gateway = TestGateway::start(node).await.unwrap();
    let refused = gateway.invoke("other", json!({})).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the node does not offer `other`; it offers: count"
    );
    assert_eq!(refused.code(), None);
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    let bad = TestGateway::start(Node::builder("http//nowhere")).await;
    assert!(matches!(bad, Err(TestError::Build(_))), "{bad:?}");
}

#[tokio::test]
async fn a_node_is_let_in_as_soon_as_it_is_approved() {
    let (node, _) = counter();
    let mut gateway = TestGateway::builder().unpaired().start(node).await.unwrap();
    let mut states = gateway.node().watch();
    let waits = states.wait_for(|state| matches!(state, NodeState::WaitingForApproval { .. }));
    let NodeState::WaitingForApproval { command, .. } = waits.await.unwrap().clone() else {
        unreachable!()
    };
    assert_eq!(
        command.as_deref(),
        Some("openclaw devices approve test-request")
    );
    let early = gateway.invoke("count", json!(null)).await.unwrap_err();
    assert!(matches!(early, TestError::NotConnected), "{early}");
    gateway.approve().await.unwrap();
    gateway.invoke("count", json!(null)).await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_said_and_the_key_finds_its_outcome() {
    let gate = Arc::new(Semaphore::new(0));
    let (door, runs) = (Arc::clone(&gate), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&runs);
    let node = node().command("slow", move |(): (), _| {
        let door = Arc::clone(&door);
        count.fetch_add(1, Ordering::SeqCst);
        async move {
            door.acquire().await?.forget();
            Ok("done")
        }
    });
    let mut gateway = TestGateway::start(node).await.unwrap();
    let lost = gateway.call("slow").key("k").start().await.unwrap();
    // The second is answered after the first was taken in.
    let second = gateway.call("slow").key("l").start().await.unwrap();
    gate.add_permits(1);
    gateway.restart().await.unwrap();
    assert!(matches!(lost.answer().await, Err(TestError::Disconnected)));
    drop(second);
    gate.add_permits(5);
    for _ in 0..3 {
        let again = gateway.call("slow").key("k").start().await.unwrap();
        assert_eq!(again.answer().await.unwrap().text(), "\"done\"");
    }
    assert!(runs.load(Ordering::SeqCst) <= 2);
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_makes_deadlines_exact() {
    let node = node().command("never", |(): (), _: InvokeContext| async move {
        std::future::pending::<Result<(), NodeError>>().await
    });
    let gateway = TestGateway::start(node).await.unwrap();
    let started = tokio::time::Instant::now();
    let call = gateway.call("never").timeout(Duration::from_secs(90));
    let late = call.start().await.unwrap().answer().await.unwrap_err();
    assert_eq!(late.code(), Some(NodeError::TIMEOUT));
    let took = started.elapsed();
    assert!(
        took >= Duration::from_secs(90) && took < Duration::from_secs(91),
        "{took:?}"
    );
}

#[tokio::test]
async fn calls_that_had_waited_are_run_once_and_taken_off_the_list() {
    let (node, runs) = counter();
    let mut gateway = TestGateway::start(node).await.unwrap();
    gateway.queue("count", Value::Null).await.unwrap();
    gateway.queue("count", Value::Null).await.unwrap();
    gateway.queue("removed.since", json!({})).await.unwrap();
    let ran = gateway.node().run_pending().await.unwrap();
    let seen: Vec<_> = ran
        .iter()
        .map(|run| (run.command.as_str(), run.ok))
        .collect();
    assert_eq!(
        seen,
        [("count", true), ("count", true), ("removed.since", false)]
    );
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(gateway.node().run_pending().await.unwrap(), []);
    assert_eq!(gateway.node().pending_drain().await.unwrap(), []);
}

#[tokio::test]
async fn an_older_gateway_has_no_list_and_says_so() {
    let (node, _) = counter();
    let gateway = TestGateway::builder().generation(Generation::V3);
    let gateway = gateway.start(node).await.unwrap();
    let refused = gateway.node().run_pending().await.unwrap_err();
    assert!(refused.to_string().contains("unknown method"), "{refused}");
}

#[tokio::test]
async fn a_node_that_stopped_is_no_gateways_any_more() {
    let (node, _) = counter();
    let gateway = TestGateway::start(node).await.unwrap();
    let handle = gateway.node().clone();
    gateway.stop().await.unwrap();
    assert_eq!(handle.state(), NodeState::Stopped);
    assert!(handle.run_pending().await.is_err());
}
