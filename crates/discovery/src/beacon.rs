//! A Gateway that was found.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::num::NonZeroU16;

use crate::hint::Hint;
use crate::limits::MAX_ADDRESSES;
use crate::locator::{Locator, SrvHost, is_dialable};
use crate::names::without_suffix;
use crate::shown::shown;
use crate::txt::TxtHints;
use crate::view::BeaconView;

/// A Gateway that answered, with what its records say.
///
/// All text is bounded and without control characters. To dial it, take the
/// [`locator`](Self::locator); nothing else here is a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beacon {
    instance: String,
    domain: String,
    srv: Option<Srv>,
    addresses: Vec<SocketAddr>,
    hints: TxtHints,
}

/// An SRV record: as it is shown, and as it may be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Srv {
    shown: String,
    port: u16,
    host: Option<SrvHost>,
}

/// The records of one instance as they came off the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records<'a> {
    /// The first label of the instance's name, without escapes.
    pub(crate) instance: &'a [u8],
    /// With the last dot.
    pub(crate) domain: &'a str,
    /// Target and port.
    pub(crate) srv: Option<(&'a str, u16)>,
    /// Addresses, with the scope of those that need one.
    pub(crate) addresses: &'a [(IpAddr, u32)],
    /// TXT pairs.
    pub(crate) txt: &'a [(&'a [u8], Option<&'a [u8]>)],
    /// Whether a loopback address is a place to dial.
    pub(crate) allow_loopback: bool,
}

impl Beacon {
    pub(crate) fn from_records(records: &Records<'_>) -> Self {
        let port = records.srv.map_or(0, |(_, port)| port);
        Self {
            instance: shown(records.instance),
            domain: shown(records.domain.as_bytes()),
            srv: records.srv.map(|(target, port)| Srv {
                shown: shown(target.strip_suffix('.').unwrap_or(target).as_bytes()),
                port,
                host: SrvHost::parse(target),
            }),
            addresses: dialable(records.addresses, port, records.allow_loopback),
            hints: TxtHints::read(records.txt.iter().copied()),
        }
    }

    /// The instance name, for example `Studio (OpenClaw)`.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// What to call it: its claimed display name, else the instance name without ` (OpenClaw)`.
    pub fn display_name(&self) -> &str {
        let claimed = self.hints.display_name.as_ref().map(Hint::shown);
        claimed.map_or_else(|| without_suffix(&self.instance), String::as_str)
    }

    /// The domain that it was found in, with the last dot: `local.` for mDNS.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The SRV record's target, for showing, without the last dot.
    pub fn srv_host(&self) -> Option<&str> {
        self.srv.as_ref().map(|srv| srv.shown.as_str())
    }

    /// The SRV record's port.
    pub fn srv_port(&self) -> Option<u16> {
        self.srv.as_ref().map(|srv| srv.port)
    }

    /// What the SRV record's target resolved to, with its port, IPv4 first, at most
    /// [`MAX_ADDRESSES`]. Addresses that lead nowhere or to this machine itself are left out.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Whether it claims to want TLS.
    pub fn wants_tls(&self) -> bool {
        self.hints
            .gateway_tls
            .as_ref()
            .is_some_and(|tls| *tls.shown())
    }

    /// What its TXT record claims.
    pub const fn hints(&self) -> &TxtHints {
        &self.hints
    }

    /// Where it may be dialled, from its SRV and address records alone; nothing where these make
    /// no address.
    pub fn locator(&self) -> Option<Locator> {
        let srv = self.srv.as_ref()?;
        let port = NonZeroU16::new(srv.port)?;
        Locator::from_records(srv.host.as_ref()?, port, &self.addresses, self.wants_tls())
    }

    /// The beacon as JSON.
    pub fn view(&self) -> BeaconView<'_> {
        BeaconView::new(self)
    }

    /// Two beacons with the same key are one: domain, instance, name, host, port and the claimed
    /// port. Names are compared without regard to case, as DNS does.
    pub(crate) fn key(&self) -> Key {
        Key {
            domain: self.domain.to_ascii_lowercase(),
            instance: self.instance.to_ascii_lowercase(),
            name: self.display_name().to_lowercase(),
            host: self.srv_host().map(str::to_ascii_lowercase),
            port: self.srv_port(),
            gateway_port: self.hints.gateway_port.as_ref().map(|port| *port.shown()),
        }
    }
}

/// What makes two sightings one beacon.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    domain: String,
    instance: String,
    name: String,
    host: Option<String>,
    port: Option<u16>,
    gateway_port: Option<u16>,
}

fn dialable(addresses: &[(IpAddr, u32)], port: u16, allow_loopback: bool) -> Vec<SocketAddr> {
    let good = addresses
        .iter()
        .filter(|(ip, _)| is_dialable(*ip, allow_loopback));
    let socket_addresses = good.map(|&(ip, scope)| match ip.to_canonical() {
        IpAddr::V6(v6) => SocketAddrV6::new(v6, port, 0, scope).into(),
        v4 @ IpAddr::V4(_) => SocketAddr::new(v4, port),
    });
    ordered(socket_addresses.collect())
}

fn ordered(mut addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    // `SocketAddr` orders IPv4 before IPv6.
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(MAX_ADDRESSES);
    addresses
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::locator::Scheme;

    const TXT: &[(&[u8], Option<&[u8]>)] = &[
        (b"displayName", Some(b"Studio")),
        (b"lanHost", Some(b"evil.local")),
        (b"tailnetDns", Some(b"evil.ts.net")),
        (b"gatewayPort", Some(b"9999")),
        (b"sshPort", Some(b"2222")),
        (b"gatewayTls", Some(b"1")),
        (b"gatewayTlsSha256", Some(&[b'e'; 64])),
    ];

    fn records<'a>() -> Records<'a> {
        const ADDRESSES: &[(IpAddr, u32)] =
            &[(IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 20)), 0)];
        Records {
            instance: b"Studio (OpenClaw)",
            domain: "local.",
            srv: Some(("studio.local.", 18789)),
            addresses: ADDRESSES,
            txt: TXT,
            allow_loopback: false,
        }
    }

    #[test]
    fn txt_moves_neither_host_nor_port() {
        let locator = Beacon::from_records(&records()).locator().expect("a route");
        assert_eq!(locator.ws_url(), "wss://studio.local:18789");
        assert_eq!((locator.host(), locator.port()), ("studio.local", 18789));
        assert_eq!(locator.scheme(), Scheme::Wss);
        assert_eq!(locator.addresses(), ["192.168.1.20:18789".parse().unwrap()]);
    }

    #[test]
    fn without_records_there_is_no_route_whatever_txt_says() {
        let without = |change: fn(&mut Records<'_>)| {
            let mut records = records();
            change(&mut records);
            Beacon::from_records(&records).locator()
        };
        assert!(without(|_| ()).is_some());
        assert_eq!(without(|r| r.srv = None), None);
        assert_eq!(without(|r| r.srv = Some(("studio.local.", 0))), None);
        assert_eq!(without(|r| r.srv = Some(("127.0.0.1.", 80))), None);
        assert_eq!(without(|r| r.srv = Some(("a/b@c.local", 80))), None);
        assert_eq!(without(|r| r.addresses = &[]), None);
        assert_eq!(
            without(|r| r.addresses = &[(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0)]),
            None
        );
    }

    #[test]
    fn names_fall_back() {
        let mut records = records();
        records.txt = &[];
        let beacon = Beacon::from_records(&records);
        assert_eq!(beacon.display_name(), "Studio");
        assert!(!beacon.wants_tls());
        assert_eq!(
            beacon.locator().expect("a route").ws_url(),
            "ws://studio.local:18789"
        );
    }

    #[test]
    fn scopes_and_order_of_addresses_are_kept() {
        let addresses = [
            ("fe80::1".parse().unwrap(), 3),
            ("fd00::1".parse().unwrap(), 0),
            ("10.0.0.9".parse().unwrap(), 0),
            ("::ffff:10.0.0.9".parse().unwrap(), 0),
        ];
        let beacon = Beacon::from_records(&Records {
            addresses: &addresses,
            ..records()
        });
        let shown: Vec<String> = beacon.addresses().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["10.0.0.9:18789", "[fd00::1]:18789", "[fe80::1%3]:18789"]
        );
    }

    #[test]
    fn a_flood_of_addresses_is_cut() {
        let many: Vec<(IpAddr, u32)> = (1..=255)
            .map(|n| (IpAddr::from([10, 0, 0, n]), 0))
            .collect();
        let beacon = Beacon::from_records(&Records {
            addresses: &many,
            ..records()
        });
        assert_eq!(beacon.addresses().len(), MAX_ADDRESSES);
    }

    #[test]
    fn the_key_is_what_the_rule_says() {
        let base = Beacon::from_records(&records()).key();
        let key = |change: fn(&mut Records<'_>)| {
            let mut records = records();
            change(&mut records);
            Beacon::from_records(&records).key()
        };
        assert_eq!(key(|r| r.instance = b"STUDIO (openclaw)"), base);
        assert_eq!(key(|r| r.srv = Some(("Studio.LOCAL", 18789))), base);
        assert_eq!(key(|r| r.addresses = &[]), base);
        assert_ne!(key(|r| r.domain = "openclaw.internal."), base);
        assert_ne!(key(|r| r.instance = b"Other"), base);
        assert_ne!(key(|r| r.srv = Some(("other.local.", 18789))), base);
        assert_ne!(key(|r| r.srv = Some(("studio.local.", 1))), base);
        assert_ne!(key(|r| r.txt = &TXT[1..]), base.clone().named("x"));
        assert_ne!(key(|r| r.txt = &TXT[..3]), base);
    }

    impl Key {
        fn named(mut self, name: &str) -> Self {
            self.name = name.to_owned();
            self
        }
    }

    proptest! {
        #[test]
        fn no_txt_steers_a_route(
            pairs in proptest::collection::vec((
                prop_oneof![
                    Just("lanHost"), Just("tailnetDns"), Just("gatewayPort"), Just("sshPort"),
                    Just("host"), Just("port"), Just("wsUrl"), Just("url"), Just("gatewayTlsSha256"),
                    Just("address"), Just("displayName"), Just("cliPath"),
                ],
                "[ -~]{0,40}",
            ), 0..12)
        ) {
            let txt: Vec<(&[u8], Option<&[u8]>)> = pairs
                .iter()
                .map(|(key, value)| (key.as_bytes(), Some(value.as_bytes())))
                .collect();
            let beacon = Beacon::from_records(&Records { txt: &txt, ..records() });
            let locator = beacon.locator().expect("a route");
            prop_assert_eq!(locator.ws_url(), "ws://studio.local:18789");
        }

        #[test]
        fn a_route_is_a_plain_address(target in "\\PC{0,60}", port in any::<u16>()) {
            let beacon = Beacon::from_records(&Records { srv: Some((&target, port)), ..records() });
            if let Some(locator) = beacon.locator() {
                let url = locator.ws_url();
                let rest = url.strip_prefix("wss://").expect("TLS was claimed");
                let (host, said) = rest.rsplit_once(':').expect("a port");
                prop_assert_eq!(said.parse::<u16>().expect("a number"), port);
                prop_assert!(host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b)));
            }
        }
    }
}
