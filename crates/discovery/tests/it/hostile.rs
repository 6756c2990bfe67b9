//! A hostile neighbour on the local network, packet by packet.

use std::net::Ipv4Addr;

use openclaw_discovery::limits::{MAX_BEACONS, MAX_DAEMON_RECORDS, MAX_SHOWN_BYTES, MAX_TXT_PAIRS};
use openclaw_discovery::{Advertiser, AdvertiserState, Scheme, Sighting, Trouble};
use simple_dns::rdata::{A, PTR, RData, SRV, TXT};
use simple_dns::{CLASS, CharacterString, Label, Name, Packet, PacketFlag, ResourceRecord};

use crate::network::{Mouth, announced, beacon, facts, loopback, search, until};

/// The records of one instance, as the neighbour likes them.
struct Lie<'a> {
    instance: &'a [u8],
    host: &'a str,
    port: u16,
    address: Ipv4Addr,
    txt: &'a [&'a [u8]],
}

impl Lie<'_> {
    fn packet(&self) -> Vec<u8> {
        let service = Name::new("_openclaw-gw._tcp.local").expect("a name");
        let mut labels = vec![Label::new_unchecked(self.instance)];
        labels.extend_from_slice(service.get_labels());
        let instance = Name::new_with_labels(&labels);
        let host = Name::new_unchecked(self.host);
        let mut txt = TXT::new();
        for string in self.txt {
            txt.add_char_string(CharacterString::new(string).expect("a string"));
        }
        let srv = SRV {
            priority: 0,
            weight: 0,
            port: self.port,
            target: host.clone(),
        };
        let address = A {
            address: self.address.into(),
        };
        let mut packet = Packet::new_reply(0);
        packet.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
        let mut add = |name: &Name<'_>, data: RData<'_>| {
            let record =
                ResourceRecord::new(name.clone().into_owned(), CLASS::IN, 120, data.into_owned());
            packet.answers.push(record);
        };
        add(&service, RData::PTR(PTR(instance.clone())));
        add(&instance, RData::SRV(srv));
        add(&instance, RData::TXT(txt));
        add(&host, RData::A(address));
        packet.build_bytes_vec_compressed().expect("a packet")
    }
}

/// Says it again and again: the search may not have begun to listen.
fn repeat(mouth: Mouth, packets: Vec<Vec<u8>>) -> tokio::task::JoinSet<()> {
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        loop {
            for packet in &packets {
                mouth.say(packet).expect("a socket");
                tokio::task::yield_now().await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    tasks
}

#[tokio::test]
async fn txt_steers_neither_route_nor_terminal() {
    let Some(network) = loopback() else { return };
    let long = [&b"k="[..], &[b'\x07'; 250]].concat();
    let pin = format!("gatewayTlsSha256={}", "e".repeat(64));
    let many: Vec<String> = (0..100).map(|n| format!("x{n}=y")).collect();
    let mut txt: Vec<&[u8]> = vec![
        b"lanHost=evil.local",
        b"tailnetDns=evil.ts.net",
        b"gatewayPort=9999",
        b"sshPort=2222",
        b"gatewayTls=1",
        pin.as_bytes(),
        b"displayName=\x1b]0;owned\x07\r\nStudio",
        b"\xff\xfe=\xff",
        b"=nothing",
        &long,
    ];
    txt.extend(many.iter().map(String::as_bytes));
    let lie = Lie {
        instance: b"Evil",
        host: "real.local",
        port: 18789,
        address: Ipv4Addr::new(192, 168, 77, 7),
        txt: &txt,
    };
    let mouth = Mouth::new(network.port).expect("a socket");
    let mut watch = search(&network);
    let _talking = repeat(mouth, vec![lie.packet()]);
    let found = beacon(&mut watch, "Evil").await;
    let locator = found.locator().expect("a route");
    assert_eq!(locator.ws_url(), "wss://real.local:18789");
    assert_eq!(locator.scheme(), Scheme::Wss);
    assert_eq!(locator.addresses(), ["192.168.77.7:18789".parse().unwrap()]);
    assert_eq!(found.display_name(), r"\u{1b}]0;owned\u{7}\u{d}\u{a}Studio");
    assert!(found.hints().pairs.len() <= MAX_TXT_PAIRS);
    for (key, value) in &found.hints().pairs {
        for text in [key.shown(), value.shown()] {
            assert!(
                text.len() <= MAX_SHOWN_BYTES && !text.chars().any(char::is_control),
                "{text}"
            );
        }
    }
    let view = serde_json::to_value(found.view()).expect("JSON");
    assert_eq!(view["wsUrl"], "wss://real.local:18789");
    assert_eq!(
        (&view["host"], &view["port"]),
        (&"real.local".into(), &18789.into())
    );
}

#[tokio::test]
async fn hosts_that_are_no_hosts_make_no_route() {
    let Some(network) = loopback() else { return };
    let hosts = ["127.0.0.1", "localhost", "evil.com/@x", "a b.local"];
    let names: Vec<String> = (0..hosts.len()).map(|n| format!("Evil {n}")).collect();
    let lie = |instance: &String, host: &str, address: [u8; 4]| {
        Lie {
            instance: instance.as_bytes(),
            host,
            port: 80,
            address: address.into(),
            txt: &[b"role=gateway"],
        }
        .packet()
    };
    let mut packets: Vec<_> = names
        .iter()
        .zip(hosts)
        .map(|(instance, host)| lie(instance, host, [10, 0, 0, 1]))
        .collect();
    let port_zero = Lie {
        instance: b"Evil port",
        host: "x.local",
        port: 0,
        address: Ipv4Addr::new(10, 0, 0, 1),
        txt: &[],
    };
    packets.push(port_zero.packet());
    packets.push(lie(&"Evil nowhere".to_owned(), "y.local", [0, 0, 0, 0]));
    let mouth = Mouth::new(network.port).expect("a socket");
    let mut watch = search(&network);
    let _talking = repeat(mouth, packets);
    let mut waiting: Vec<&str> = names.iter().map(String::as_str).collect();
    waiting.extend(["Evil port", "Evil nowhere"]);
    let all_seen = |sighting: &Sighting| {
        if let Sighting::Found(found) = sighting {
            assert_eq!(found.locator(), None, "{found:?}");
            waiting.retain(|name| *name != found.instance());
        }
        waiting.is_empty().then_some(())
    };
    until(&mut watch, all_seen).await;
}

#[tokio::test]
async fn garbage_stops_neither_search_nor_announcement() {
    let Some(network) = loopback() else { return };
    let good = Lie {
        instance: b"Other",
        host: "other.local",
        port: 1,
        address: Ipv4Addr::new(10, 0, 0, 1),
        txt: &[b"role=gateway"],
    }
    .packet();
    // Cut short, every byte changed once, names that point at themselves, counts that lie.
    let mut garbage: Vec<Vec<u8>> = (0..good.len())
        .map(|length| good[..length].to_vec())
        .collect();
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 0xff;
        garbage.push(changed);
        if let Some(pair) = good.get(at..at + 2).filter(|pair| pair[0] & 0xc0 == 0xc0) {
            let mut looped = good.clone();
            let [high, low] = u16::try_from(at).expect("small").to_be_bytes();
            assert_eq!(pair.len(), 2);
            looped[at] = 0xc0 | high;
            looped[at + 1] = low;
            garbage.push(looped);
        }
    }
    garbage.push(vec![0xff; 9000]);
    garbage.push([&[0, 0, 0x84, 0][..], &[0xff; 8]].concat());
    let mouth = Mouth::new(network.port).expect("a socket");
    for packet in &garbage {
        mouth.say(packet).expect("a socket");
    }
    let advertiser = Advertiser::start(&facts("Studio", "studio"), network.clone());
    let mut watch = search(&network);
    let _talking = repeat(mouth, garbage);
    assert_eq!(announced(&advertiser).await, "Studio (OpenClaw)");
    let found = beacon(&mut watch, "Studio (OpenClaw)").await;
    assert_eq!(
        found.locator().expect("a route").ws_url(),
        "wss://studio.local:18789"
    );
    advertiser.stop().await;
}

#[tokio::test]
async fn a_flood_of_gateways_is_bounded_and_told() {
    let Some(network) = loopback() else { return };
    let names: Vec<String> = (0..2 * MAX_BEACONS).map(|n| format!("Evil {n}")).collect();
    let packets = names.iter().map(|name| {
        Lie {
            instance: name.as_bytes(),
            host: "evil.local",
            port: 1,
            address: Ipv4Addr::new(10, 0, 0, 66),
            txt: &[],
        }
        .packet()
    });
    let packets = packets.collect();
    let mouth = Mouth::new(network.port).expect("a socket");
    let mut watch = search(&network);
    let _talking = repeat(mouth, packets);
    let mut beacons = std::collections::HashSet::new();
    let too_many = |sighting: &Sighting| match sighting {
        Sighting::Found(beacon) => {
            beacons.insert(beacon.instance().to_owned());
            None
        }
        Sighting::Trouble(Trouble::TooMany) => Some(()),
        _ => None,
    };
    until(&mut watch, too_many).await;
    assert_eq!(beacons.len(), MAX_BEACONS);
}

#[tokio::test]
async fn a_flood_of_records_ends_a_search_and_leaves_the_announcement() {
    let Some(network) = loopback() else { return };
    let advertiser = Advertiser::start(&facts("Studio", "studio"), network.clone());
    announced(&advertiser).await;
    let mut watch = search(&network);
    beacon(&mut watch, "Studio (OpenClaw)").await;

    // Names that nobody asked for, to be remembered for days.
    let packets = (0..500u32).map(|n| {
        let mut packet = Packet::new_reply(0);
        for m in 0..100 {
            let name = format!("h{n}x{m}.local");
            let name = Name::new_unchecked(&name).into_owned();
            let address = RData::A(A {
                address: n * 100 + m,
            });
            packet
                .answers
                .push(ResourceRecord::new(name, CLASS::IN, 400_000, address));
        }
        packet.build_bytes_vec_compressed().expect("a packet")
    });
    let packets = packets.collect();
    let mouth = Mouth::new(network.port).expect("a socket");
    let talking = repeat(mouth, packets);
    let flood = |sighting: &Sighting| match sighting {
        Sighting::Trouble(Trouble::Flood { records }) => Some(*records),
        _ => None,
    };
    assert!(until(&mut watch, flood).await > MAX_DAEMON_RECORDS);
    drop(talking);

    let mut watch = search(&network);
    beacon(&mut watch, "Studio (OpenClaw)").await;
    assert!(matches!(
        *advertiser.state().borrow(),
        AdvertiserState::Announced { .. }
    ));
    advertiser.stop().await;
}
