//! Who is let in beyond what was recorded: rules that are the same for both generations.

use openclaw_gateway_server::{Gateway, GatewayOptions};
use openclaw_protocol::Generation;
use openclaw_protocol::client::ClientId;
use serde_json::{Value, json};
use tokio::io::DuplexStream;

use crate::device::{Device, Proof};
use crate::join::{gateway, options, params};
use crate::peer::{Ask, Peer};

async fn open(gateway: &Gateway, ask: &Ask) -> Peer<DuplexStream> {
    Peer::over(gateway.in_memory(), ask).await.unwrap()
}

fn asking_for_admin(protocol: u64, id: &str, mode: &str) -> Value {
    let mut params = params(protocol, id, mode, "operator");
    params["scopes"] = json!(["operator.admin"]);
    params
}

#[tokio::test]
async fn scopes_without_a_device_are_for_programs_of_this_host() {
    let here = Ask::default();
    let page = Ask::default().header("origin", "http://127.0.0.1:5173");
    let elsewhere = Ask::default().header("host", "gateway.example.com");
    let proxied = Ask::default().header("x-forwarded-for", "203.0.113.7");
    for (protocol, ask, id, mode, keeps) in [
        (3, &here, "cli", "cli", true),
        (4, &here, "cli", "cli", true),
        (3, &here, "gateway-client", "backend", true),
        (4, &here, "gateway-client", "backend", true),
        (3, &here, "test", "test", false),
        (4, &here, "test", "test", false),
        (3, &page, "cli", "cli", false),
        (4, &page, "cli", "cli", false),
        (3, &elsewhere, "cli", "cli", false),
        (3, &proxied, "cli", "cli", false),
        (4, &proxied, "cli", "cli", false),
    ] {
        let mut options = options();
        options.proxies.trusted = vec!["127.0.0.1/32".parse().unwrap()];
        let gateway = Gateway::builder(options).start().await.unwrap();
        let mut peer = open(&gateway, ask).await;
        peer.connect(asking_for_admin(protocol, id, mode)).await;
        let answer = peer.call("node.list", json!({})).await;
        assert_eq!(
            answer["ok"], keeps,
            "protocol {protocol}, {ask:?}, {id}: {answer}"
        );
        // In protocol 4 the health is for everyone who is let in.
        let health = peer.call("health", json!({})).await;
        assert_eq!(health["ok"], keeps || protocol == 4, "{health}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_is_refused_whatever_it_says_it_is() {
    let gateway = gateway().await;
    let foreign = Ask::default().header("origin", "https://evil.example");
    for (protocol, generation) in [(3, Generation::V3), (4, Generation::V4)] {
        for id in ClientId::KNOWN.iter().filter(|id| id.is_listed(generation)) {
            if *id == ClientId::Worker {
                // Closed without an answer.
                continue;
            }
            let mut peer = open(&gateway, &foreign).await;
            let answer = peer
                .call("connect", asking_for_admin(protocol, id.as_str(), "ui"))
                .await;
            let message = answer["error"]["message"].as_str().unwrap_or_default();
            assert!(message.starts_with("origin not allowed"), "{id}: {answer}");
            assert_eq!(peer.closed().await.unwrap().0, 1008);
        }
    }
}

/// Tries a token as a page of this origin would.
async fn guess(gateway: &Gateway, origin: &str, protocol: u64, token: &str, more: bool) -> Value {
    let mut peer = open(gateway, &Ask::default().header("origin", origin)).await;
    let mut params = params(protocol, "cli", "cli", "operator");
    params["auth"]["token"] = json!(token);
    if more {
        params["device"] = Device::new(3).prove(&params, &Proof::of(&peer.nonce, peer.ts));
    }
    peer.call("connect", params).await
}

#[tokio::test]
async fn a_page_on_this_host_that_guesses_is_locked_out_in_either_generation() {
    let text = "unauthorized: too many failed authentication attempts (retry later)";
    for protocol in [3, 4] {
        let gateway = gateway().await;
        let origin = "http://localhost:5173";
        for attempt in 0..10 {
            // A device beside the guess makes no difference.
            let answer = guess(&gateway, origin, protocol, "wrong", attempt % 2 == 0).await;
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains("gateway token mismatch"), "{answer}");
        }
        for more in [false, true] {
            let answer = guess(&gateway, origin, protocol, "tok1", more).await;
            assert_eq!(answer["error"]["message"], text, "protocol {protocol}");
            assert_eq!(answer["error"]["retryable"], true);
            let wait = answer["error"]["retryAfterMs"].as_u64().unwrap();
            assert!((290_000..=300_000).contains(&wait), "{wait}");
        }
        // Others are not locked out with it.
        let answer = guess(&gateway, "http://localhost:8080", protocol, "tok1", false).await;
        assert_eq!(answer["ok"], true, "{answer}");
        let mut cli = open(&gateway, &Ask::default()).await;
        cli.connect(asking_for_admin(protocol, "cli", "cli")).await;
    }
}

#[tokio::test]
async fn a_hundred_guesses_of_a_foreign_page_learn_nothing_and_lock_nobody_else_out() {
    let gateway = gateway().await;
    for attempt in 0..100 {
        let token = if attempt == 50 { "tok1" } else { "wrong" };
        let protocol = 3 + attempt % 2;
        let answer = guess(
            &gateway,
            "https://evil.example",
            protocol,
            token,
            attempt % 3 == 0,
        )
        .await;
        // A right guess looks like a wrong one.
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("origin not allowed"),
            "{attempt}: {answer}"
        );
    }
    let mut cli = open(&gateway, &Ask::default()).await;
    cli.connect(asking_for_admin(4, "cli", "cli")).await;
}

#[tokio::test]
async fn a_february_client_behind_a_proxy_is_known_by_the_right_most_hop() {
    let mut options: GatewayOptions = options();
    options.proxies.trusted = vec!["127.0.0.1/32".parse().unwrap()];
    let gateway = Gateway::builder(options).start().await.unwrap();
    // The left-most hop is what the client wrote itself.
    let forged = Ask::default().header("x-forwarded-for", "127.0.0.1, 198.51.100.9");
    let mut peer = open(&gateway, &forged).await;
    let mut params = asking_for_admin(3, "cli", "cli");
    params["device"] = Device::new(4).prove(&params, &Proof::of(&peer.nonce, peer.ts));
    let answer = peer.call("connect", params).await;
    assert_eq!(answer["error"]["message"], "pairing required", "{answer}");
}
