//! A node and its tests, without a network: `cargo test --example tested` runs them, and
//! `cargo run --example tested` shows one.

#![expect(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use openclaw_node_client::testing::TestGateway;
use openclaw_node_client::{InvokeContext, Node, NodeBuilder, NodeError};
use serde::{Deserialize, Serialize};

/// Moves to a position between 0 and 100.
#[derive(Serialize, Deserialize)]
struct Move {
    to: i32,
}

/// A blind of a window. `main` of a real program gives the builder an identity and a token.
fn blind(node: NodeBuilder, position: Arc<AtomicI32>) -> NodeBuilder {
    node.display_name("Blind")
        .command("blind.move", move |wish: Move, call: InvokeContext| {
            let position = Arc::clone(&position);
            async move {
                if !(0..=100).contains(&wish.to) {
                    return Err(NodeError::invalid_request(
                        "a position is between 0 and 100",
                    ));
                }
                let from = position.swap(wish.to, Ordering::SeqCst);
                call.progress(&format!("from {from}")).await;
                call.node().emit("blind.moved", &wish).await?;
                Ok(wish)
            }
        })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let node = blind(Node::builder("ws://127.0.0.1:18789"), Arc::default());
    let gateway = TestGateway::start(node).await?;
    let answer = gateway.invoke("blind.move", Move { to: 40 }).await?;
    println!("blind.move answered {}", answer.text());
    Ok(gateway.stop().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn scene() -> (TestGateway, Arc<AtomicI32>) {
        let position = Arc::<AtomicI32>::default();
        let node = blind(Node::builder("ws://127.0.0.1:18789"), Arc::clone(&position));
        (TestGateway::start(node).await.unwrap(), position)
    }

    #[tokio::test]
    async fn it_moves_and_tells() {
        let (mut gateway, position) = scene().await;
        let mut call = gateway
            .call("blind.move")
            .params(Move { to: 40 })
            .start()
            .await
            .unwrap();
        assert_eq!(call.progress().await.as_deref(), Some("from 0"));
        assert_eq!(call.answer().await.unwrap().text(), r#"{"to":40}"#);
        assert_eq!(position.load(Ordering::SeqCst), 40);
        let event = gateway.next_event().await.unwrap();
        assert_eq!(event.event, "blind.moved");
        assert_eq!(event.json::<Move>().unwrap().to, 40);
    }

    #[tokio::test]
    async fn it_stays_within_its_frame() {
        let (gateway, position) = scene().await;
        let refused = gateway.invoke("blind.move", Move { to: 101 }).await;
        assert_eq!(
            refused.unwrap_err().code(),
            Some(NodeError::INVALID_REQUEST)
        );
        assert_eq!(position.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn one_key_is_one_move_also_over_a_restart_of_the_gateway() {
        let (mut gateway, position) = scene().await;
        for _ in 0..2 {
            let call = gateway.call("blind.move").params(Move { to: 10 }).key("k");
            let answer = call.start().await.unwrap().answer().await.unwrap();
            assert_eq!(answer.text(), r#"{"to":10}"#);
            // By hand, in between: a second run would move it back.
            let before = position.swap(77, Ordering::SeqCst);
            assert!(before == 10 || before == 77);
            gateway.restart().await.unwrap();
        }
        assert_eq!(position.load(Ordering::SeqCst), 77);
        let moved = gateway.next_event().await.unwrap();
        assert_eq!(moved.event, "blind.moved");
    }
}
