//! Clients that ask for much and read little.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use openclaw_gateway_server::Gateway;
use openclaw_protocol::{Access, Method, Scope};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::time::{Instant, pause, sleep};

use super::{admin, builder, in_memory};
use crate::peer::{Heard, Peer};

/// A method with a large answer.
#[derive(Debug)]
enum Blob {}

impl Method for Blob {
    const NAME: &'static str = "test.blob";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = Value;
    type Result = String;
}

/// A method that counts its calls.
#[derive(Debug)]
enum Count {}

impl Method for Count {
    const NAME: &'static str = "test.count";
    const ACCESS: Access = Access::Operator(Scope::Admin);
    type Params = Value;
    type Result = u32;
}

/// Bytes of one answer of [`Blob`]; six do not fit the budget of protocol 3.
const BLOB: usize = 256 * 1024;

struct Stage {
    gateway: Gateway,
    counted: Arc<AtomicU32>,
    slow: Peer<DuplexStream>,
    good: Peer<DuplexStream>,
}

async fn stage(protocol: u64) -> Stage {
    let counted = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&counted);
    let gateway = builder()
        .method::<Blob, _>(|_, _| async { Ok("x".repeat(BLOB)) })
        .method::<Count, _>(move |_, _| {
            let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
            async move { Ok(count) }
        })
        .start()
        .await
        .unwrap();
    pause();
    let mut slow = in_memory(&gateway).await;
    slow.connect(admin(protocol)).await;
    let mut good = in_memory(&gateway).await;
    good.connect(admin(protocol)).await;
    Stage {
        gateway,
        counted,
        slow,
        good,
    }
}

impl Stage {
    /// The slow client asks for one blob, which fills the pipe, and then for so many more.
    async fn ask(&mut self, more: usize) {
        self.slow.request(Blob::NAME, json!({})).await;
        sleep(Duration::from_millis(100)).await;
        for _ in 0..more {
            self.slow.request(Blob::NAME, json!({})).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_slow_client_within_the_budget_gets_everything() {
    let mut stage = stage(3).await;
    stage.ask(5).await;
    sleep(Duration::from_secs(20)).await;
    for id in 2..8 {
        let response = stage.slow.response(&format!("r{id}")).await;
        assert_eq!(response["payload"].as_str().map(str::len), Some(BLOB));
    }
}

#[tokio::test]
async fn a_slow_client_beyond_the_budget_is_closed() {
    let mut stage = stage(3).await;
    stage.ask(12).await;
    // What was on the wire already arrives whole, what waited behind it does not.
    assert_eq!(
        stage.slow.response("r2").await["payload"]
            .as_str()
            .map(str::len),
        Some(BLOB)
    );
    let close = stage.slow.hear().await;
    assert!(
        matches!(&close, Heard::Close(1008, reason) if reason == "slow consumer"),
        "{close:?}"
    );
    assert_eq!(stage.gateway.connections(), 1);
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_and_others_notice_nothing() {
    let mut stage = stage(3).await;
    stage.ask(12).await;
    let before = Instant::now();
    for _ in 0..3 {
        let answer = stage.good.call(Blob::NAME, json!({})).await;
        assert_eq!(answer["payload"].as_str().map(str::len), Some(BLOB));
    }
    assert_eq!(before.elapsed(), Duration::ZERO, "a good client waited");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.gateway.connections(), 1);
    assert_eq!(stage.good.call("health", json!({})).await["ok"], true);
}

#[tokio::test]
async fn a_client_that_was_told_to_go_is_not_served_any_more() {
    let mut stage = stage(3).await;
    stage.ask(12).await;
    // It goes as soon as it reads, and is still there.
    assert_eq!(stage.gateway.connections(), 2);
    stage.slow.request(Count::NAME, json!({})).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(stage.gateway.connections(), 2);
    assert_eq!(stage.counted.load(Ordering::Relaxed), 0);
    // The method itself works.
    assert_eq!(stage.good.call(Count::NAME, json!({})).await["payload"], 1);
}

#[tokio::test]
async fn protocol_4_has_a_larger_budget() {
    let mut stage = stage(4).await;
    stage.ask(12).await;
    sleep(Duration::from_secs(5)).await;
    for id in 2..15 {
        stage.slow.response(&format!("r{id}")).await;
    }
}
