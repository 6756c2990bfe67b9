//! What is decided before and while a socket is opened.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use openclaw_connect::dial::{dial, dial_io};
use openclaw_connect::{DialError, EdgeHeaders, Endpoint, Io, Limits, Network, Stage, Trust};
use openclaw_tls_pin::{Fingerprint, PinSet};
use secrecy::SecretString;

use crate::fake_gateway::{CountingNetwork, endpoint};

async fn refused(endpoint: &Endpoint, network: &dyn Network) -> DialError {
    dial(endpoint, &Limits::default(), network)
        .await
        .expect_err("a refusal")
}

#[tokio::test]
async fn plaintext_refusals_touch_no_network() {
    for (url, break_glass) in [
        ("ws://gateway.example.com:18789", false),
        ("ws://203.0.113.5:18789", false),
        ("ws://203.0.113.5:18789", true),
        ("ws://[2001:db8::1]:1", true),
        ("ws://0.0.0.0:1", true),
        ("http://127.evil.example", false),
    ] {
        let network = CountingNetwork::with(&["127.0.0.1:1"]);
        let target = endpoint(url).with_private_names(break_glass);
        let error = refused(&target, &network).await;
        assert!(matches!(error, DialError::Plaintext(_)), "{url}: {error}");
        assert_eq!(error.stage(), Stage::Check);
        assert!(
            error
                .to_string()
                .starts_with("SECURITY ERROR: Gateway URL \""),
            "{error}"
        );
        assert_eq!(network.log(), Vec::<String>::new(), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_a_public_address_opens_no_socket() {
    for (url, break_glass) in [
        ("ws://gate.local:5", false),
        ("ws://gate.tail1.ts.net:5", false),
        ("ws://gate.example:5", true),
    ] {
        let network = CountingNetwork::with(&["192.168.1.4:5", "203.0.113.5:5"]);
        let error = refused(&endpoint(url).with_private_names(break_glass), &network).await;
        assert!(
            matches!(&error, DialError::Plaintext(why) if why.resolved.is_some()),
            "{error}"
        );
        assert_eq!(error.stage(), Stage::Resolve);
        assert_eq!(
            network.log().len(),
            1,
            "one look-up and nothing else: {:?}",
            network.log()
        );
    }
}

#[tokio::test]
async fn only_checked_addresses_are_dialled() {
    let network = CountingNetwork::with(&["[fd00::1]:5", "192.168.1.4:5"]);
    let error = refused(&endpoint("ws://gate.local.:5"), &network).await;
    let DialError::Connect { address, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(address.to_string(), "[fd00::1]:5", "the first one is told");
    assert_eq!(
        network.log(),
        [
            "resolve gate.local.:5",
            "connect [fd00::1]:5",
            "connect 192.168.1.4:5"
        ]
    );
}

#[tokio::test]
async fn localhost_is_never_looked_up() {
    let network = CountingNetwork::with(&["203.0.113.5:5"]);
    let error = refused(&endpoint("ws://LOCALHOST.:5"), &network).await;
    assert!(matches!(error, DialError::Connect { .. }), "{error}");
    assert_eq!(network.log(), ["connect 127.0.0.1:5", "connect [::1]:5"]);
}

#[tokio::test]
async fn a_zone_goes_to_the_resolver() {
    let network = CountingNetwork::with(&["[fe80::1%3]:5"]);
    refused(&endpoint("ws://[fe80::1%25eth0]:5"), &network).await;
    assert_eq!(
        network.log(),
        ["resolve fe80::1%eth0:5", "connect [fe80::1%3]:5"]
    );
}

#[tokio::test]
async fn a_name_without_addresses_is_a_failed_lookup() {
    let network = CountingNetwork::with(&[]);
    let error = refused(&endpoint("wss://gate.example"), &network).await;
    assert!(
        matches!(&error, DialError::Resolve { host, .. } if host == "gate.example"),
        "{error}"
    );
}

#[tokio::test]
async fn a_pin_needs_tls_and_edge_headers_their_origin() {
    let network = CountingNetwork::with(&["127.0.0.1:1"]);
    let pins = PinSet::from(Fingerprint::from_bytes([1; 32]));
    let pinned = Endpoint::new("ws://127.0.0.1:1".parse().unwrap(), Trust::Pins(pins));
    let error = refused(&pinned, &network).await;
    assert!(matches!(error, DialError::PinNeedsTls));
    assert_eq!(
        error.to_string(),
        "gateway tls fingerprint requires wss:// gateway url"
    );

    let secret = SecretString::from("hunter2");
    let there = endpoint("wss://gate.example").origin();
    let edge = EdgeHeaders::new(there, [("x-edge", &secret)]).unwrap();
    for url in ["ws://127.0.0.1:1", "wss://other.example"] {
        let error = refused(&endpoint(url).with_edge(edge.clone()), &network).await;
        assert!(matches!(error, DialError::Edge(_)), "{url}: {error}");
        assert!(!error.to_string().contains("hunter2"));
    }
    assert_eq!(network.log(), Vec::<String>::new());
}

/// Hangs for one address and refuses the others.
#[derive(Debug)]
struct Hanging(SocketAddr);

impl Network for Hanging {
    fn resolve<'a>(
        &'a self,
        _host: &'a str,
        _port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(std::future::pending())
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Io>>> {
        Box::pin(async move {
            if address == self.0 {
                std::future::pending::<()>().await;
            }
            Ok(Box::new(tokio::io::duplex(64).0) as Box<dyn Io>)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn every_stage_has_its_deadline() {
    let mut limits = Limits::default();
    limits.resolve = Duration::from_secs(3);
    limits.upgrade = Duration::from_secs(7);
    let hanging = Hanging("127.0.0.1:1".parse().unwrap());
    for (url, stage, after) in [
        ("wss://gate.example", Stage::Resolve, 3),
        ("ws://127.0.0.1:1", Stage::Connect, 15),
    ] {
        let error = dial(&endpoint(url), &limits, &hanging).await.unwrap_err();
        let DialError::Timeout {
            stage: at,
            after: limit,
        } = error
        else {
            panic!("{error}")
        };
        assert_eq!((at, limit), (stage, Duration::from_secs(after)));
    }
    // A peer that says nothing.
    let (ours, _theirs) = tokio::io::duplex(4096);
    let target = endpoint("ws://127.0.0.1:1");
    let error = dial_io(ours, &target, &limits).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Upgrade);
    assert_eq!(
        error.to_string(),
        "timeout after 7000ms waiting for the WebSocket upgrade"
    );
}

#[tokio::test(start_paused = true)]
async fn an_address_that_hangs_does_not_stop_the_next() {
    let network = Arc::new(Hanging("127.0.0.1:9".parse().unwrap()));
    let started = tokio::time::Instant::now();
    let error = dial(&endpoint("ws://localhost:9"), &Limits::default(), &*network).await;
    // The second address connects after 250 ms; what it leads to then closes at once.
    assert!(
        matches!(
            error,
            Err(DialError::Dropped {
                stage: Stage::Upgrade,
                ..
            })
        ),
        "{error:?}"
    );
    assert_eq!(started.elapsed(), Duration::from_millis(250));
}
