//! The end of the Gateway, as its clients see it.

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::pause;

use super::{admin, builder, dial, gateway, in_memory, node};

#[tokio::test]
async fn shutdown_is_said_and_then_the_socket_is_closed() {
    let gateway = gateway().await;
    let mut older = dial(&gateway).await;
    older.connect(admin(3)).await;
    let mut newer = dial(&gateway).await;
    newer.connect(admin(4)).await;
    let mut peripheral = dial(&gateway).await;
    let params = node(&peripheral, 4);
    peripheral.connect(params).await;
    let mut unproven = dial(&gateway).await;

    let watching = async {
        join_all([&mut older, &mut newer, &mut peripheral].map(async |peer| {
            let event = peer.event("shutdown").await;
            assert_eq!(event["payload"]["reason"], "over for today");
            assert_eq!(
                peer.closed().await,
                Some((1012, "service restart".to_owned()))
            );
        }))
        .await;
        assert_eq!(
            unproven.closed().await,
            Some((1012, "service restart".to_owned()))
        );
    };
    tokio::join!(gateway.shutdown("over for today"), watching);
}

#[tokio::test]
async fn nobody_is_let_in_after_a_shutdown() {
    let gateway = gateway().await;
    let addr = gateway.addresses()[0];
    gateway.shutdown("over for today").await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_hold_a_shutdown_up() {
    let gateway = builder().start().await.unwrap();
    pause();
    let mut peer = in_memory(&gateway).await;
    peer.connect(admin(3)).await;
    // More answers than the pipe holds.
    for _ in 0..200 {
        peer.request("health", json!({})).await;
    }
    assert_eq!(gateway.shutdown("over for today").await, 0);
    drop(peer);
}
