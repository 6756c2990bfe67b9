//! Wide-area discovery: from the zone file to the beacon, and name servers that lie.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use openclaw_discovery::limits::{MAX_INSTANCES, QUESTIONS_AT_ONCE};
use openclaw_discovery::wide_area::{LookupError, ZoneFacts, write_zone};
use openclaw_discovery::{BrowseOptions, Found, Trouble, TxtMode, WideArea, Zone, ZoneDay, browse};
use proptest::prelude::*;
use simple_dns::rdata::{CNAME, RData};
use simple_dns::{Packet, RCODE};

use crate::dns_server::{DnsServer, Record, a, answer, name, ptr, read_zone, srv, txt};

const DOMAIN: &str = "openclaw.internal";
const SERVICE: &str = "_openclaw-gw._tcp.openclaw.internal";
const STUDIO: &str = "studio-gateway._openclaw-gw._tcp.openclaw.internal";

fn facts() -> ZoneFacts {
    ZoneFacts {
        domain: DOMAIN.parse().expect("a domain"),
        host: "Studio.home".to_owned(),
        display_name: "Ann's \"Büro\"".to_owned(),
        ipv4: "100.64.0.1".parse().expect("an address"),
        ipv6: Some("fd7a:115c:a1e0::1".parse().expect("an address")),
        gateway_port: 18789,
        tls: true,
        fingerprint: Some("AB".repeat(32)),
        is_direct_reachable: false,
        mode: TxtMode::Full,
        tailnet_dns: Some("studio.tail1234.ts.net".to_owned()),
        ssh_port: Some(2222),
        cli_path: Some(r"C:\openclaw".to_owned()),
    }
}

/// The records of one good Gateway.
fn studio() -> Vec<Record> {
    vec![
        (SERVICE.to_owned(), ptr(STUDIO)),
        (STUDIO.to_owned(), srv("studio.openclaw.internal", 18789)),
        (STUDIO.to_owned(), txt(&["displayName=Studio"])),
        ("studio.openclaw.internal".to_owned(), a("100.64.0.1")),
    ]
}

async fn find(name_servers: Vec<SocketAddr>) -> Found {
    let found = browse(BrowseOptions {
        timeout: Some(Duration::from_secs(20)),
        mdns: None,
        wide_area: vec![WideArea {
            domain: DOMAIN.parse().expect("a domain"),
            name_servers,
        }],
    });
    found.await
}

fn url(found: &Found) -> String {
    let [beacon] = found.beacons.as_slice() else {
        panic!("{found:?}");
    };
    beacon.locator().expect("a route").ws_url()
}

fn lookup_failure(found: &Found) -> &LookupError {
    match found.troubles.as_slice() {
        [Trouble::Lookup { domain, reason }] => {
            assert_eq!(domain, "openclaw.internal.");
            reason
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_zone_that_is_written_is_a_gateway_that_is_found() {
    let state = tempfile::tempdir().expect("a directory");
    let day = ZoneDay::of_unix_seconds(1_769_731_200);
    let written = write_zone(state.path(), &Zone::new(&facts()), day).expect("written");
    let text = std::fs::read_to_string(&written.path).expect("a file");
    let server = DnsServer::of(read_zone(&text)).await;

    let found = find(vec![server.address]).await;
    assert_eq!(url(&found), "wss://studio-home.openclaw.internal:18789");
    assert_eq!(
        (&*found.domains, &*found.troubles),
        (&["openclaw.internal.".to_owned()][..], &[][..])
    );
    let beacon = &found.beacons[0];
    assert_eq!(beacon.instance(), "studio-home-gateway");
    assert_eq!(beacon.domain(), "openclaw.internal.");
    let addresses: Vec<String> = beacon.addresses().iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["100.64.0.1:18789", "[fd7a:115c:a1e0::1]:18789"]);
    let view = serde_json::to_value(beacon.view()).expect("JSON");
    assert_eq!(
        view["txt"],
        serde_json::json!({
            "role": "gateway",
            "transport": "gateway",
            "gatewayPort": "18789",
            "displayName": "Ann's \"Büro\"",
            "gatewayTls": "1",
            "gatewayTlsSha256": "ab".repeat(32),
            "tailnetDns": "studio.tail1234.ts.net",
            "cliPath": r"C:\openclaw",
            "sshPort": "2222",
        })
    );
}

#[tokio::test]
async fn nobody_to_ask_nobody_there_and_nobody_willing_are_told_apart() {
    let found = find(Vec::new()).await;
    assert_eq!(*lookup_failure(&found), LookupError::NoNameServer);

    let silent = DnsServer::saying(|_| Vec::new()).await;
    let server = silent.address;
    let started = Instant::now();
    let found = find(vec![server]).await;
    assert_eq!(*lookup_failure(&found), LookupError::Silent { server });
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "a second, not the whole search"
    );

    let refusing = DnsServer::saying(|query| {
        let mut packet = Packet::new_reply(query.id());
        packet.questions.push(query.questions[0].clone());
        *packet.rcode_mut() = RCODE::Refused;
        vec![packet.build_bytes_vec().expect("a packet")]
    });
    let server = refusing.await;
    let found = find(vec![server.address]).await;
    assert!(
        matches!(lookup_failure(&found), LookupError::Refused { code, .. } if code == "Refused")
    );

    let nothing = DnsServer::of(Vec::new()).await;
    let found = find(vec![nothing.address]).await;
    assert_eq!((found.beacons, found.troubles), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn the_first_server_in_order_that_knows_is_believed() {
    let silent = DnsServer::saying(|_| Vec::new()).await;
    let knows_nothing = DnsServer::of(Vec::new()).await;
    let first = DnsServer::of(studio()).await;
    let mut other = studio();
    other[1].1 = srv("studio.openclaw.internal", 6666);
    let last = DnsServer::of(other).await;
    let order = vec![
        silent.address,
        knows_nothing.address,
        first.address,
        last.address,
    ];
    assert_eq!(
        url(&find(order).await),
        "ws://studio.openclaw.internal:18789"
    );

    let mut late = vec![knows_nothing.address; QUESTIONS_AT_ONCE + 1];
    late.push(first.address);
    assert_eq!(
        url(&find(late).await),
        "ws://studio.openclaw.internal:18789"
    );
}

#[tokio::test]
async fn answers_to_other_questions_are_passed_over() {
    let records = studio();
    let evil = vec![(
        SERVICE.to_owned(),
        ptr("evil._openclaw-gw._tcp.openclaw.internal"),
    )];
    let server = DnsServer::saying(move |query| {
        let mut wrong_id = answer(query, &evil);
        wrong_id[0] ^= 0xff;
        let mut question = answer(query, &evil);
        question[2] &= 0x7f;
        vec![
            wrong_id,
            question,
            vec![0; 3],
            vec![0xff; 4000],
            answer(query, &records),
        ]
    });
    let server = server.await;
    assert_eq!(
        url(&find(vec![server.address]).await),
        "ws://studio.openclaw.internal:18789"
    );
}

#[tokio::test]
async fn names_outside_the_domain_and_addresses_of_this_machine_lead_nowhere() {
    let instance = |label: &str| format!("{label}.{SERVICE}");
    let mut records = vec![
        (
            SERVICE.to_owned(),
            ptr("evil._openclaw-gw._tcp.evil.example"),
        ),
        (SERVICE.to_owned(), ptr("evil.example")),
        (SERVICE.to_owned(), ptr(SERVICE)),
        (SERVICE.to_owned(), ptr(&format!("a.b.{SERVICE}"))),
        (
            "evil._openclaw-gw._tcp.evil.example".to_owned(),
            srv("evil.example", 1),
        ),
        (instance("a.b"), srv("evil.example", 1)),
        ("evil.example".to_owned(), a("6.6.6.6")),
    ];
    for (label, host, address) in [
        ("loop", "loop.openclaw.internal", "127.0.0.1"),
        ("digits", "127.0.0.1", "10.0.0.1"),
        ("local", "localhost", "10.0.0.1"),
        ("nowhere", "nowhere.openclaw.internal", "0.0.0.0"),
    ] {
        records.push((SERVICE.to_owned(), ptr(&instance(label))));
        records.push((instance(label), srv(host, 80)));
        records.push((host.to_owned(), a(address)));
    }
    let server = DnsServer::of(records).await;
    let found = find(vec![server.address]).await;
    let names: Vec<&str> = found
        .beacons
        .iter()
        .map(|beacon| beacon.instance())
        .collect();
    assert_eq!(names, ["loop", "digits", "local", "nowhere"]);
    assert!(
        found
            .beacons
            .iter()
            .all(|beacon| beacon.locator().is_none()),
        "{found:?}"
    );
}

#[tokio::test]
async fn txt_of_a_name_server_steers_nothing() {
    let mut records = studio();
    records[2].1 = txt(&[
        "lanHost=evil.local",
        "tailnetDns=evil.ts.net",
        "gatewayPort=9999",
        "displayName=\u{1b}[2J",
    ]);
    let server = DnsServer::of(records).await;
    let found = find(vec![server.address]).await;
    assert_eq!(url(&found), "ws://studio.openclaw.internal:18789");
    assert_eq!(found.beacons[0].display_name(), r"\u{1b}[2J");
}

#[tokio::test]
async fn aliases_are_followed_and_strangers_in_an_answer_are_not() {
    let mut records = studio();
    let alias = |target: &str| RData::CNAME(CNAME(name(target)));
    records[3] = (
        "studio.openclaw.internal".to_owned(),
        alias("real.openclaw.internal"),
    );
    let server = DnsServer::saying(move |query| {
        let mut packet = Packet::parse(&answer(query, &records))
            .expect("own packet")
            .into_owned_answer();
        if query.questions[0].qname == name("studio.openclaw.internal") {
            for (owner, address) in [
                ("real.openclaw.internal", "100.64.0.9"),
                ("evil.example", "6.6.6.6"),
            ] {
                packet.push((owner.to_owned(), a(address)));
            }
            // A ring of aliases ends too.
            packet.push((
                "real.openclaw.internal".to_owned(),
                alias("studio.openclaw.internal"),
            ));
        }
        vec![reply(query, packet)]
    });
    let server = server.await;
    let found = find(vec![server.address]).await;
    let addresses: Vec<String> = found.beacons[0]
        .addresses()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(addresses, ["100.64.0.9:18789"]);
}

#[tokio::test]
async fn a_flood_of_instances_is_cut() {
    let mut records = Vec::new();
    for n in 0..2 * MAX_INSTANCES {
        let instance = format!("e{n}.{SERVICE}");
        records.push((SERVICE.to_owned(), ptr(&instance)));
        records.push((instance, srv("evil.openclaw.internal", 1)));
    }
    records.push(("evil.openclaw.internal".to_owned(), a("100.64.0.66")));
    let server = DnsServer::of(records).await;
    assert_eq!(
        find(vec![server.address]).await.beacons.len(),
        MAX_INSTANCES
    );
}

trait Answers {
    fn into_owned_answer(self) -> Vec<Record>;
}

impl Answers for Packet<'_> {
    fn into_owned_answer(self) -> Vec<Record> {
        let answers = self.answers.into_iter();
        answers
            .map(|record| (record.name.to_string(), record.rdata.into_owned()))
            .collect()
    }
}

fn reply(query: &Packet<'_>, records: Vec<Record>) -> Vec<u8> {
    let mut packet = Packet::new_reply(query.id());
    packet.questions.push(query.questions[0].clone());
    for (owner, data) in records {
        packet.answers.push(simple_dns::ResourceRecord::new(
            name(&owner),
            simple_dns::CLASS::IN,
            60,
            data,
        ));
    }
    packet.build_bytes_vec().expect("a packet")
}

proptest! {
    /// Whatever the facts, the file is a zone with exactly these records, and says the name.
    #[test]
    fn any_zone_reads_back(host in "(?s).{0,80}", display in "(?s).{0,80}", path in "[ -~é\\t]{0,100}", port in 1u16..) {
        let zone = Zone::new(&ZoneFacts {
            host,
            display_name: display.clone(),
            cli_path: Some(path.clone()),
            gateway_port: port,
            ..facts()
        });
        let records = read_zone(&zone.render(2026013001));
        prop_assert_eq!(records.len(), 6);
        let strings = records.iter().find_map(|(_, data)| match data {
            RData::TXT(txt) => Some(txt.iter_raw().map(|(key, value)| (key.to_vec(), value.unwrap_or_default().to_vec())).collect::<Vec<_>>()),
            _ => None,
        });
        let strings = strings.expect("a TXT record");
        let said = |key: &[u8]| strings.iter().find(|(name, _)| name == key).map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        prop_assert_eq!(said(b"gatewayPort"), Some(port.to_string()));
        prop_assert_eq!(said(b"displayName"), Some(openclaw_discovery::names::display_name(&display)));
        let shown_path = path.replace('\t', "");
        prop_assert_eq!(said(b"cliPath"), (!shown_path.is_empty()).then_some(shown_path));
        for (owner, data) in &records {
            prop_assert!(owner.ends_with(DOMAIN));
            if let RData::SRV(srv) = data {
                prop_assert_eq!(srv.port, port);
            }
        }
    }
}
