//! Sockets that did not prove anything yet: how many, and for how long.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, pause};

use super::{admin, builder, dial, gateway, in_memory};
use crate::peer::{Ask, Peer};

/// Unauthenticated sockets that one address may have.
const PER_ADDRESS: usize = 32;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn the_33rd_unauthenticated_socket_is_refused_at_the_upgrade() {
    let gateway = gateway().await;
    let mut silent = Vec::new();
    for _ in 0..PER_ADDRESS {
        silent.push(dial(&gateway).await);
    }
    let addr = gateway.addresses()[0];
    let refused = Peer::dial(addr, &Ask::default()).await.unwrap_err();
    assert_eq!(
        (refused.status, refused.body.as_str()),
        (503, "Too many unauthenticated sockets")
    );
    assert_eq!(refused.head.get("connection"), Some("close"));
    assert!(
        refused
            .head
            .get("content-type")
            .unwrap()
            .starts_with("text/plain")
    );
    // A socket that proves itself gives its place to the next.
    silent[0].connect(admin(4)).await;
    let next = dial(&gateway).await;
    assert!(Peer::dial(addr, &Ask::default()).await.is_err());
    drop(next);
}

#[tokio::test]
async fn a_client_that_never_says_connect_is_closed_after_fifteen_seconds() {
    let gateway = builder().start().await.unwrap();
    pause();
    let mut peer = in_memory(&gateway).await;
    let opened = Instant::now();
    assert_eq!(peer.closed().await, Some((1000, String::new())));
    assert_eq!(opened.elapsed().as_secs(), HANDSHAKE.as_secs());
}

#[tokio::test]
async fn a_client_that_never_asks_for_the_upgrade_is_dropped() {
    let gateway = builder().start().await.unwrap();
    pause();
    let mut stream = gateway.in_memory();
    let opened = Instant::now();
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.unwrap();
    assert_eq!(String::from_utf8(read).unwrap(), "");
    assert_eq!(opened.elapsed().as_secs(), HANDSHAKE.as_secs());
}

#[tokio::test]
async fn a_silent_client_is_closed_while_others_are_let_in() {
    let gateway = builder().start().await.unwrap();
    pause();
    let mut silent = in_memory(&gateway).await;
    let mut good = in_memory(&gateway).await;
    good.connect(admin(4)).await;
    assert_eq!(silent.closed().await, Some((1000, String::new())));
    assert_eq!(gateway.connections(), 1);
}
