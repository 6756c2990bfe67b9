//! Announcing and searching, daemon to daemon.

use std::time::Duration;

use openclaw_discovery::{
    AdvertiseFacts, Advertiser, AdvertiserState, BrowseOptions, Sighting, TxtMode, browse,
};

use simple_dns::{CLASS, Name, Packet, Question, ResourceRecord, TYPE};

use crate::network::{Mouth, announced, beacon, facts, loopback, search, until};

#[tokio::test]
async fn what_is_announced_is_found_and_leaves_with_a_goodbye() {
    let Some(network) = loopback() else { return };
    let mut watch = search(&network);
    let advertiser = Advertiser::start(&facts("Studio", "studio"), network.clone());
    assert_eq!(announced(&advertiser).await, "Studio (OpenClaw)");

    let found = beacon(&mut watch, "Studio (OpenClaw)").await;
    assert_eq!((found.display_name(), found.domain()), ("Studio", "local."));
    let locator = found.locator().expect("a route");
    assert_eq!(locator.ws_url(), "wss://studio.local:18789");
    assert_eq!(locator.addresses(), ["127.0.0.1:18789".parse().unwrap()]);
    let view = serde_json::to_value(found.view()).expect("JSON");
    assert_eq!(
        view["txt"],
        serde_json::json!({
            "role": "gateway",
            "transport": "gateway",
            "gatewayPort": "18789",
            "lanHost": "studio.local",
            "displayName": "Studio",
            "gatewayTls": "1",
            "gatewayTlsSha256": "ab".repeat(32),
            "gatewayDirectReachable": "1",
            "tailnetDns": "studio.tail1234.ts.net",
            "cliPath": "/usr/local/bin/openclaw",
            "sshPort": "2222",
        })
    );

    let state = advertiser.state();
    advertiser.stop().await;
    assert_eq!(*state.borrow(), AdvertiserState::Stopped);
    let gone = |sighting: &Sighting| match sighting {
        Sighting::Gone { instance, .. } => Some(instance.clone()),
        _ => None,
    };
    assert_eq!(until(&mut watch, gone).await, "Studio (OpenClaw)");
}

#[tokio::test]
async fn dropping_an_announcement_says_goodbye_too() {
    let Some(network) = loopback() else { return };
    let mut watch = search(&network);
    let advertiser = Advertiser::start(&facts("Studio", "studio"), network.clone());
    beacon(&mut watch, "Studio (OpenClaw)").await;
    drop(advertiser);
    let gone = |sighting: &Sighting| matches!(sighting, Sighting::Gone { .. }).then_some(());
    until(&mut watch, gone).await;
}

#[tokio::test]
async fn two_of_the_same_name_are_both_found() {
    let Some(network) = loopback() else { return };
    let first = Advertiser::start(&facts("Studio", "studio"), network.clone());
    assert_eq!(announced(&first).await, "Studio (OpenClaw)");
    let other = AdvertiseFacts {
        gateway_port: 20000,
        ..facts("Studio", "attic")
    };
    let second = Advertiser::start(&other, network.clone());
    assert_eq!(announced(&second).await, "Studio (OpenClaw) (2)");
    assert_eq!(announced(&first).await, "Studio (OpenClaw)");

    let mut watch = search(&network);
    let renamed = beacon(&mut watch, "Studio (OpenClaw) (2)").await;
    assert_eq!(renamed.display_name(), "Studio");
    assert_eq!(
        renamed.locator().expect("a route").ws_url(),
        "wss://attic.local:20000"
    );
    let mut watch = search(&network);
    let kept = beacon(&mut watch, "Studio (OpenClaw)").await;
    assert_eq!(
        kept.locator().expect("a route").ws_url(),
        "wss://studio.local:18789"
    );
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn minimal_tells_the_network_no_more_than_needed() {
    let Some(network) = loopback() else { return };
    let minimal = AdvertiseFacts {
        mode: TxtMode::Minimal,
        ..facts("Dr. No", "studio.example.com")
    };
    let advertiser = Advertiser::start(&minimal, network.clone());
    let mut watch = search(&network);
    let found = beacon(&mut watch, "Dr No (OpenClaw)").await;
    assert_eq!(found.display_name(), "Dr. No");
    assert_eq!(found.srv_host(), Some("studio.local"));
    let hints = found.hints();
    assert_eq!(
        (&hints.ssh_port, &hints.cli_path, &hints.tailnet_dns),
        (&None, &None, &None)
    );
    advertiser.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolver_that_knows_nothing_of_mdns_is_answered_alone() {
    let Some(network) = loopback() else { return };
    let advertiser = Advertiser::start(&facts("Studio", "studio"), network.clone());
    announced(&advertiser).await;
    let mut packet = Packet::new_query(4711);
    let service = Name::new("_openclaw-gw._tcp.local").expect("a name");
    packet.questions.push(Question::new(
        service,
        TYPE::PTR.into(),
        CLASS::IN.into(),
        false,
    ));
    let mouth = Mouth::new(network.port).expect("a socket");
    mouth
        .say(&packet.build_bytes_vec().expect("a packet"))
        .expect("sent");
    let bytes = mouth.answer().expect("an answer");
    let answer = Packet::parse(&bytes).expect("a packet");
    assert_eq!((answer.id(), answer.questions.len()), (4711, 1));
    let kinds = |records: &[ResourceRecord<'_>]| -> Vec<TYPE> {
        records
            .iter()
            .map(|record| record.rdata.type_code())
            .collect()
    };
    assert_eq!(kinds(&answer.answers), [TYPE::PTR]);
    assert_eq!(
        kinds(&answer.additional_records),
        [TYPE::SRV, TYPE::TXT, TYPE::A]
    );
    advertiser.stop().await;
}

#[tokio::test]
async fn a_search_of_an_empty_network_finds_nothing_and_complains_of_nothing() {
    let Some(network) = loopback() else { return };
    let found = browse(BrowseOptions {
        timeout: Some(Duration::from_millis(700)),
        mdns: Some(network),
        wide_area: Vec::new(),
    })
    .await;
    assert_eq!((found.beacons, found.troubles), (Vec::new(), Vec::new()));
    assert_eq!(found.domains, ["local."]);
}
