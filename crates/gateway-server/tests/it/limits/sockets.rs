//! Sockets that did not prove anything yet: how many, and for how long.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use openclaw_gateway_server::{AuthDecision, AuthHook, Connecting};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, pause};

use super::{admin, builder, dial, gateway, in_memory};
use crate::peer::{Ask, Peer};

/// Unauthenticated sockets that one address may have.
const PER_ADDRESS: usize = 32;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);

#[tokio::test]
async fn the_33rd_unauthenticated_socket_takes_the_place_of_the_oldest_silent_one() {
    let gateway = gateway().await;
    let mut silent = VecDeque::new();
    for _ in 0..PER_ADDRESS {
        silent.push_back(dial(&gateway).await);
    }
    let mut good = dial(&gateway).await;
    assert_eq!(silent.pop_front().unwrap().closed().await, None);
    // The others are as they were, and whoever proves itself takes nobody's place.
    let mut second = silent.pop_front().unwrap();
    second.connect(admin(4)).await;
    good.connect(admin(4)).await;
    let _next = dial(&gateway).await;
    let _after = dial(&gateway).await;
    silent.pop_front().unwrap().connect(admin(4)).await;
    assert_eq!(gateway.connections(), 3);
}

#[tokio::test]
async fn clients_that_are_being_heard_keep_their_places() {
    let gateway = builder()
        .auth_hook(NeverDecides)
        .bind("127.0.0.1:0".parse().unwrap())
        .serve()
        .await
        .unwrap();
    let mut busy = Vec::new();
    for _ in 0..PER_ADDRESS {
        let mut peer = dial(&gateway).await;
        peer.request("connect", admin(4)).await;
        busy.push(peer);
    }
    // Whether the last of them was heard yet is not known: a newcomer may still take its place.
    let addr = gateway.addresses()[0];
    let refused = loop {
        match Peer::dial(addr, &Ask::default()).await {
            Err(refused) => break refused,
            Ok(mut newcomer) => drop(newcomer.request("connect", admin(4)).await),
        }
    };
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
}

/// An embedder who thinks for ever.
#[derive(Debug)]
struct NeverDecides;

#[async_trait]
impl AuthHook for NeverDecides {
    async fn decide(&self, _: Connecting<'_>) -> AuthDecision {
        std::future::pending().await
    }
}

#[tokio::test]
async fn wrong_guesses_that_wait_for_their_answer_shut_nobody_out() {
    let gateway = gateway().await;
    let mut guessing = Vec::new();
    for _ in 0..PER_ADDRESS * 2 {
        let mut peer = dial(&gateway).await;
        let mut params = admin(4);
        params["auth"] = json!({ "token": "wrong" });
        peer.request("connect", params).await;
        guessing.push(peer);
    }
    dial(&gateway).await.connect(admin(4)).await;
}

/// Sockets of one peer that are kept while they ask for nothing.
const SILENT: usize = 1024;

#[tokio::test]
async fn ten_thousand_silent_sockets_shut_nobody_out() {
    raise_descriptors(4096);
    let gateway = gateway().await;
    let addr = gateway.addresses()[0];
    let mut silent: VecDeque<TcpStream> = VecDeque::new();
    for _ in 0..10_000 {
        // The attacker keeps more than the Gateway does.
        if silent.len() > SILENT + SILENT / 2 {
            silent.pop_front();
        }
        silent.push_back(TcpStream::connect(addr).await.unwrap());
    }
    let mut good = dial(&gateway).await;
    good.connect(admin(4)).await;
    assert_eq!(good.call("health", json!({})).await["ok"], true);
    // What the Gateway keeps of the rest is bounded: the oldest of these were cut.
    for stream in silent.iter_mut().take(SILENT / 4) {
        let mut byte = [0];
        assert!(matches!(stream.read(&mut byte).await, Ok(0) | Err(_)));
    }
}

/// Lets this process open as many files as the test needs.
fn raise_descriptors(wanted: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    if now.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            ..now
        };
        setrlimit(Resource::Nofile, raised).expect("this test needs 4096 open files");
    }
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
