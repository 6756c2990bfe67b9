//! The Gateway is found by others, and says goodbye: mDNS on the loopback interface, on a port of
//! each test's own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::Path;
use std::time::Duration;

use openclaw_discovery::{
    AdvertiserState, Beacon, BrowseOptions, Interfaces, MdnsMode, Multicast, Platform, Sighting,
    Silence, Watch, watch,
};
use openclaw_gateway_server::{
    Announced, Announcement, Gateway, GatewayBuilder, MdnsState, ZonePlace, ZoneState,
};
use openclaw_tls_pin::{CertSource, ServerCertFiles, SubjectNames};
use serde_json::{Value, json};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use crate::join::{admin, options};

/// Long enough for the slowest machine; nothing waits for it that succeeds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A port that nobody uses.
fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.local_addr().unwrap().port()
}

/// mDNS on loopback, or nothing where the system carries no multicast there: then the test says
/// so and ends.
fn loopback() -> Option<Multicast> {
    let port = free_port();
    match carries(port) {
        Ok(()) => Some(Multicast {
            interfaces: Interfaces::Loopback,
            port,
        }),
        Err(error) => {
            eprintln!(
                "NOT TESTED: no multicast on the loopback interface of this machine ({error})"
            );
            None
        }
    }
}

fn carries(port: u16) -> std::io::Result<()> {
    const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
    let ear = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))?;
    ear.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST)?;
    ear.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mouth = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    mouth.bind(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0).into())?;
    mouth.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
    mouth.send_to(b"hello", &SocketAddrV4::new(GROUP, port).into())?;
    ear.recv(&mut [0; 16]).map(|_| ())
}

fn announcement(multicast: &Multicast) -> Announcement {
    Announcement {
        mode: Some(MdnsMode::Full),
        platform: Platform::Linux,
        multicast: Some(multicast.clone()),
        display_name: "Studio".to_owned(),
        host: "studio.example".to_owned(),
        ssh_port: Some(2222),
        cli_path: Some("/opt/openclaw".to_owned()),
        ..Announcement::default()
    }
}

fn builder(announcement: Announcement) -> GatewayBuilder {
    on_a_free_port(Gateway::builder(options()).announce(announcement))
}

fn on_a_free_port(builder: GatewayBuilder) -> GatewayBuilder {
    builder.bind("127.0.0.1:0".parse().unwrap())
}

fn search(multicast: &Multicast) -> Watch {
    watch(BrowseOptions {
        timeout: None,
        mdns: Some(multicast.clone()),
        wide_area: Vec::new(),
    })
}

/// The next news that fits.
async fn until<T>(watch: &mut Watch, mut fits: impl FnMut(Sighting) -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let news = watch.next().await.expect("the search goes on");
            if let Some(fitting) = fits(news) {
                return fitting;
            }
        }
    });
    found.await.expect("found in time")
}

async fn beacon(watch: &mut Watch, fits: impl Fn(&Beacon) -> bool) -> Beacon {
    let found = |news| match news {
        Sighting::Found(beacon) if fits(&beacon) => Some(*beacon),
        _ => None,
    };
    until(watch, found).await
}

/// Waits for a state of the announcement.
async fn becomes(gateway: &Gateway, fits: impl Fn(&Announced) -> bool) -> Announced {
    let mut state = gateway.announced().expect("an announcement");
    let state = tokio::time::timeout(PATIENCE, state.wait_for(fits)).await;
    state.expect("in time").expect("the task lives").clone()
}

async fn status(gateway: &Gateway) -> Value {
    let mut admin = admin(gateway, 4).await;
    let answer = admin.call("status", json!({})).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["payload"]["discovery"].clone()
}

#[tokio::test]
async fn the_bound_port_is_announced_and_leaves_with_a_goodbye() {
    let Some(network) = loopback() else { return };
    let mut watch = search(&network);
    let gateway = builder(announcement(&network)).serve().await.unwrap();
    let port = gateway.addresses()[0].port();
    let found = beacon(&mut watch, |beacon| {
        beacon.instance() == "Studio (OpenClaw)"
    })
    .await;
    let locator = found.locator().expect("a route");
    assert_eq!(locator.ws_url(), format!("ws://studio.local:{port}"));
    let view = serde_json::to_value(found.view()).unwrap();
    assert_eq!(
        view["txt"],
        json!({
            "role": "gateway", "transport": "gateway", "gatewayPort": port.to_string(),
            "lanHost": "studio.local", "displayName": "Studio",
            "cliPath": "/opt/openclaw", "sshPort": "2222",
        })
    );

    let out = |said: &Announced| {
        matches!(
            &said.mdns,
            MdnsState::Speaking(AdvertiserState::Announced { .. })
        )
    };
    becomes(&gateway, out).await;
    let shown = status(&gateway).await;
    assert_eq!(
        shown,
        json!({ "mdns": { "state": "announced", "instance": "Studio (OpenClaw)" } })
    );

    let state = gateway.announced().unwrap();
    gateway.shutdown("over").await;
    let stopped = MdnsState::Speaking(AdvertiserState::Stopped);
    assert_eq!(state.borrow().mdns, stopped);
    let gone = |news| match news {
        Sighting::Gone { instance, .. } => Some(instance),
        _ => None,
    };
    assert_eq!(until(&mut watch, gone).await, "Studio (OpenClaw)");
}

#[tokio::test]
async fn a_gateway_that_is_dropped_says_goodbye_too() {
    let Some(network) = loopback() else { return };
    let mut watch = search(&network);
    let gateway = builder(announcement(&network)).serve().await.unwrap();
    beacon(&mut watch, |_| true).await;
    drop(gateway);
    let gone = |news| matches!(news, Sighting::Gone { .. }).then_some(());
    until(&mut watch, gone).await;
}

fn files(state: &Path) -> ServerCertFiles {
    ServerCertFiles::in_state_dir(state)
}

#[tokio::test]
async fn the_certificate_that_is_served_is_the_one_that_is_announced() {
    let Some(network) = loopback() else { return };
    let state = tempfile::tempdir().unwrap();
    let mut watch = search(&network);
    let gateway = builder(announcement(&network))
        .certificate(CertSource {
            files: files(state.path()),
            authorities: None,
            auto_generate: true,
            names: SubjectNames::local(),
        })
        .serve()
        .await
        .unwrap();
    let says = |beacon: &Beacon, gateway: &Gateway| {
        let served = gateway.certificate().unwrap().fingerprint.to_string();
        beacon.wants_tls()
            && beacon
                .hints()
                .fingerprint
                .as_ref()
                .is_some_and(|said| *said.shown() == served)
    };
    let found = beacon(&mut watch, |beacon| says(beacon, &gateway)).await;
    let locator = found.locator().expect("a route");
    assert!(locator.ws_url().starts_with("wss://studio.local:"));

    let elsewhere = tempfile::tempdir().unwrap();
    let (new, old) = (files(elsewhere.path()), files(state.path()));
    new.load_or_generate(&SubjectNames::local(), 1_772_366_400)
        .unwrap();
    fs::copy(&new.key_path, &old.key_path).unwrap();
    fs::copy(&new.cert_path, &old.cert_path).unwrap();
    gateway.reload_tls().await.unwrap().expect("another one");
    beacon(&mut watch, |beacon| says(beacon, &gateway)).await;
}

#[tokio::test]
async fn mdns_that_cannot_be_spoken_is_a_state_and_not_the_end() {
    let holder = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let taken = Multicast {
        interfaces: Interfaces::Loopback,
        port: holder.local_addr().unwrap().port(),
    };
    let gateway = builder(announcement(&taken)).serve().await.unwrap();
    let degraded = |said: &Announced| {
        matches!(
            &said.mdns,
            MdnsState::Speaking(AdvertiserState::Degraded { .. })
        )
    };
    becomes(&gateway, degraded).await;
    let shown = status(&gateway).await;
    assert_eq!(shown["mdns"]["state"], "degraded", "{shown}");
    let reason = shown["mdns"]["reason"].as_str().unwrap();
    assert!(
        reason.contains(&taken.port.to_string()) && reason.contains("discovery.mdns.mode"),
        "{reason}"
    );
    assert!(shown["mdns"]["retryInMs"].as_u64().unwrap() >= 30_000);
    gateway.shutdown("over").await;
}

#[tokio::test]
async fn silence_is_kept_and_has_a_reason() {
    let network = Multicast {
        interfaces: Interfaces::Loopback,
        port: free_port(),
    };
    for (mode, is_disabled, silence) in [
        (None, false, Silence::NotExposed),
        (Some(MdnsMode::Off), false, Silence::Off),
        (Some(MdnsMode::Full), true, Silence::Disabled),
    ] {
        let announcement = Announcement {
            mode,
            is_disabled,
            ..announcement(&network)
        };
        let gateway = builder(announcement).serve().await.unwrap();
        let said = gateway.announced().unwrap().borrow().clone();
        assert_eq!(said.mdns, MdnsState::Silent(silence));
        let shown = status(&gateway).await;
        assert_eq!(
            shown,
            json!({ "mdns": { "state": "silent", "reason": silence.to_string() } })
        );
        gateway.shutdown("over").await;
    }
    let quiet = Gateway::builder(options()).start().await.unwrap();
    assert!(quiet.announced().is_none());
    assert_eq!(status(&quiet).await, Value::Null);
}

/// A Gateway that writes a zone file and speaks no mDNS.
fn with_zone(state: &Path) -> GatewayBuilder {
    Gateway::builder(options()).announce(Announcement {
        mode: Some(MdnsMode::Off),
        host: "studio.example".to_owned(),
        display_name: "Studio".to_owned(),
        zone: Some(ZonePlace {
            domain: "openclaw.internal".parse().unwrap(),
            state_dir: state.to_owned(),
            address: Some(Ipv4Addr::new(100, 64, 0, 7)),
        }),
        ..Announcement::default()
    })
}

fn written(said: &Announced) -> bool {
    matches!(said.zone, Some(ZoneState::Written { .. }))
}

/// The serial number of the zone file that this Gateway keeps, at its end.
async fn serial_of(gateway: Gateway) -> u32 {
    let said = becomes(&gateway, written).await;
    gateway.shutdown("over").await;
    match said.zone {
        Some(ZoneState::Written { serial, .. }) => serial,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_zone_file_tells_the_bound_port_and_grows_only_with_news() {
    let state = tempfile::tempdir().unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let port = socket.local_addr().unwrap().port();
    let on_this_port = || {
        let listener = TcpListener::from_std(socket.try_clone().unwrap()).unwrap();
        with_zone(state.path()).listener(listener)
    };
    let gateway = on_this_port().serve().await.unwrap();
    becomes(&gateway, written).await;
    let file = state.path().join("dns/openclaw.internal.db");
    let text = fs::read_to_string(&file).unwrap();
    for line in [
        "studio IN A 100.64.0.7".to_owned(),
        "_openclaw-gw._tcp IN PTR studio-gateway._openclaw-gw._tcp".to_owned(),
        format!("studio-gateway._openclaw-gw._tcp IN SRV 0 0 {port} studio"),
    ] {
        assert!(text.lines().any(|have| have == line), "{line}: {text}");
    }
    let shown = status(&gateway).await["wideArea"].clone();
    assert_eq!(shown["state"], "written", "{shown}");
    assert_eq!(shown["path"], file.to_str().unwrap());
    let first = serial_of(gateway).await;
    assert_eq!(shown["serial"], first);

    let same = on_this_port().serve().await.unwrap();
    assert_eq!(serial_of(same).await, first);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let other = on_a_free_port(with_zone(state.path()));
    let other = other.serve().await.unwrap();
    assert_eq!(serial_of(other).await, first + 1);
}

#[tokio::test]
async fn a_zone_file_that_cannot_be_written_is_a_state_and_not_the_end() {
    let state = tempfile::tempdir().unwrap();
    fs::write(state.path().join("dns"), "no folder").unwrap();
    let gateway = on_a_free_port(with_zone(state.path()));
    let gateway = gateway.serve().await.unwrap();
    let failed = |said: &Announced| matches!(said.zone, Some(ZoneState::Failed { .. }));
    becomes(&gateway, failed).await;
    let shown = status(&gateway).await["wideArea"].clone();
    assert_eq!(shown["state"], "degraded", "{shown}");
    let reason = shown["reason"].as_str().unwrap();
    assert!(reason.contains("discovery.wideArea.domain"), "{reason}");

    // What was mended is noticed.
    fs::remove_file(state.path().join("dns")).unwrap();
    becomes(&gateway, written).await;
    gateway.shutdown("over").await;
}
