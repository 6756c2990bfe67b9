//! Ticks and pings, in virtual time.

use std::time::Duration;

use openclaw_gateway_server::Gateway;
use tokio::io::DuplexStream;
use tokio::time::{Instant, pause, sleep, timeout};

use super::{admin, builder, in_memory};
use crate::peer::{Heard, Peer};

/// A Gateway and a client that was let in at the very moment when it started.
async fn connected(protocol: u64) -> (Gateway, Peer<DuplexStream>, Instant) {
    pause();
    let gateway = builder().start().await.unwrap();
    let mut peer = in_memory(&gateway).await;
    peer.connect(admin(protocol)).await;
    (gateway, peer, Instant::now())
}

async fn four_ticks(protocol: u64) {
    let (_gateway, mut peer, start) = connected(protocol).await;
    let mut seq = 0;
    for tick in 1..=4 {
        let event = peer.event("tick").await;
        assert_eq!(start.elapsed().as_secs(), tick * 30);
        assert!(event["payload"]["ts"].is_u64(), "{event}");
        let next = event["seq"].as_u64().unwrap();
        assert!(next > seq, "{event}");
        seq = next;
    }
}

#[tokio::test]
async fn ticks_come_every_thirty_seconds_in_protocol_3() {
    four_ticks(3).await;
}

#[tokio::test]
async fn ticks_come_every_thirty_seconds_in_protocol_4() {
    four_ticks(4).await;
}

#[tokio::test]
async fn a_client_of_protocol_4_is_pinged_every_25_seconds() {
    let (gateway, mut peer, start) = connected(4).await;
    for ping in 1..=4 {
        loop {
            match peer.hear().await {
                Heard::Ping => break,
                Heard::Frame(_) => {}
                ended => panic!("{ended:?}"),
            }
        }
        assert_eq!(start.elapsed().as_secs(), ping * 25);
    }
    assert_eq!(gateway.connections(), 1);
}

#[tokio::test]
async fn a_client_that_does_not_answer_a_ping_is_cut() {
    let (gateway, mut peer, _) = connected(4).await;
    // Whoever does not read does not answer.
    sleep(Duration::from_secs(49)).await;
    assert_eq!(gateway.connections(), 1);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(gateway.connections(), 0);
    // No close frame: the peer is taken for gone.
    assert_eq!(peer.closed().await, None);
}

#[tokio::test]
async fn a_request_is_as_good_as_a_pong() {
    let (gateway, mut peer, _) = connected(4).await;
    for _ in 0..4 {
        sleep(Duration::from_secs(20)).await;
        peer.request("health", serde_json::json!({})).await;
    }
    sleep(Duration::from_secs(5)).await;
    assert_eq!(gateway.connections(), 1);
}

#[tokio::test]
async fn a_client_of_protocol_3_is_not_pinged() {
    let (gateway, mut peer, _) = connected(3).await;
    let listening = async {
        loop {
            match peer.hear().await {
                Heard::Frame(_) => {}
                other => break other,
            }
        }
    };
    assert!(timeout(Duration::from_secs(110), listening).await.is_err());
    assert_eq!(gateway.connections(), 1);
}
