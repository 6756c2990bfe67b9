//! Progress out of a running command, and input into it.

use openclaw_node_client::testing::{TestError, TestGateway};
use openclaw_node_client::{InvokeContext, Node, NodeBuilder, NodeError};
use serde_json::json;

fn node() -> NodeBuilder {
    Node::builder("ws://127.0.0.1:1")
        // Adds numbers up until there are none; a negative one ends it.
        .command("sum", |(): (), call: InvokeContext| async move {
            let mut sum = 0;
            call.progress("ready").await;
            while let Some(number) = call.next_input::<i64>().await? {
                if number < 0 {
                    return Ok(sum);
                }
                sum += number;
                call.progress(&sum.to_string()).await;
            }
            Err(NodeError::unavailable("nobody ended it"))
        })
        .command_blocking("sum.blocking", |(): (), call: InvokeContext| {
            let first = call.next_input_blocking::<i64>()?.unwrap_or_default();
            call.progress_blocking("one");
            let second = call.next_input_blocking::<i64>()?.unwrap_or_default();
            Ok(first + second)
        })
}

#[tokio::test]
async fn a_conversation_goes_both_ways() {
    let gateway = TestGateway::start(node()).await.unwrap();
    let mut call = gateway.call("sum").start().await.unwrap();
    assert_eq!(call.progress().await.as_deref(), Some("ready"));
    for (number, sum) in [(1, "1"), (2, "3"), (3, "6")] {
        call.input(number).await.unwrap();
        assert_eq!(call.progress().await.as_deref(), Some(sum));
    }
    call.input(-1).await.unwrap();
    assert_eq!(call.answer().await.unwrap().json::<i64>().unwrap(), 6);
}

#[tokio::test]
async fn a_handler_that_blocks_has_both_too() {
    let gateway = TestGateway::start(node()).await.unwrap();
    let mut call = gateway.call("sum.blocking").start().await.unwrap();
    call.input(1).await.unwrap();
    assert_eq!(call.progress().await.as_deref(), Some("one"));
    call.input(2).await.unwrap();
    assert_eq!(call.answer().await.unwrap().text(), "3");
}

#[tokio::test]
async fn input_of_two_calls_is_kept_apart() {
    let gateway = TestGateway::start(node()).await.unwrap();
    let mut one = gateway.call("sum").start().await.unwrap();
    let mut two = gateway.call("sum").start().await.unwrap();
    one.input(10).await.unwrap();
    two.input(1).await.unwrap();
    two.input(-1).await.unwrap();
    one.input(-1).await.unwrap();
    assert_eq!(one.answer().await.unwrap().text(), "10");
    assert_eq!(two.answer().await.unwrap().text(), "1");
}

#[tokio::test]
async fn input_that_is_wrong_ends_in_an_error_of_the_call() {
    let gateway = TestGateway::start(node()).await.unwrap();
    let start = || async { gateway.call("sum").start().await.unwrap() };

    let mut lossy = start().await;
    lossy.input(1).await.unwrap();
    lossy.lose_input();
    lossy.input(3).await.unwrap();
    let error = lossy.answer().await.unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");

    let mut wrong = start().await;
    wrong.input(json!({"not": "a number"})).await.unwrap();
    let error = wrong.answer().await.unwrap_err();
    assert_eq!(error.code(), Some(NodeError::INVALID_REQUEST));

    let mut broken = start().await;
    broken.input_text("{").await.unwrap();
    assert!(
        broken
            .answer()
            .await
            .unwrap_err()
            .to_string()
            .contains("no JSON")
    );
}

#[tokio::test]
async fn a_flood_of_input_ends_the_stream_and_nothing_else() {
    let node = node().command("deaf", |(): (), call: InvokeContext| async move {
        call.cancellation().cancelled().await;
        let mut pieces = 0;
        // Cancelled is over, whatever waits.
        while call.next_input_raw().await?.is_some() {
            pieces += 1;
        }
        Ok(pieces)
    });
    let gateway = TestGateway::start(node).await.unwrap();
    let mut flooded = gateway.call("deaf").start().await.unwrap();
    for number in 0..5_000 {
        flooded.input(number).await.unwrap();
    }
    let mut other = gateway.call("sum").start().await.unwrap();
    other.input(4).await.unwrap();
    other.input(-1).await.unwrap();
    assert_eq!(other.answer().await.unwrap().text(), "4");
    flooded.cancel().await.unwrap();
}

#[tokio::test]
async fn input_ends_with_the_connection() {
    let mut gateway = TestGateway::start(node()).await.unwrap();
    let mut call = gateway.call("sum").key("k").start().await.unwrap();
    assert_eq!(call.progress().await.as_deref(), Some("ready"));
    gateway.restart().await.unwrap();
    assert!(matches!(call.answer().await, Err(TestError::Disconnected)));
    let again = gateway.call("sum").key("k").start().await.unwrap();
    let error = again.answer().await.unwrap_err();
    assert!(error.to_string().contains("nobody ended it"), "{error}");
}
