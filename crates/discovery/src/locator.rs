//! Where a found Gateway may be dialled.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU16;

/// A place to dial, out of SRV and address records and nothing else.
///
/// There is no public way to make one: it comes from [`Beacon::locator`](crate::Beacon::locator).
/// The scheme follows `gatewayTls`; that claim can at most turn TLS off, and then the rules for
/// plaintext addresses decide whether any credential may travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locator {
    scheme: Scheme,
    host: SrvHost,
    port: NonZeroU16,
    addresses: Vec<SocketAddr>,
}

/// How the WebSocket is dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `ws`.
    Ws,
    /// `wss`.
    Wss,
}

impl Locator {
    /// Nothing if the host is no host name, the port is 0, or no address can be dialled.
    pub(crate) fn from_records(
        host: &SrvHost,
        port: NonZeroU16,
        addresses: &[SocketAddr],
        tls: bool,
    ) -> Option<Self> {
        let host = host.clone();
        (!addresses.is_empty()).then(|| Self {
            scheme: if tls { Scheme::Wss } else { Scheme::Ws },
            host,
            port,
            addresses: addresses.to_vec(),
        })
    }

    /// How to dial.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The SRV record's host name, lower case and without the last dot.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The SRV record's port.
    pub const fn port(&self) -> u16 {
        self.port.get()
    }

    /// What the host name resolved to, with the port: at least one, IPv4 first.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// `ws://HOST:PORT` or `wss://HOST:PORT`.
    pub fn ws_url(&self) -> String {
        format!("{}://{}:{}", self.scheme, self.host(), self.port)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ws => "ws",
            Self::Wss => "wss",
        })
    }
}

/// A host name out of an SRV record that may stand in an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SrvHost(String);

impl SrvHost {
    /// Labels of letters, digits, `-` and `_`; no IP address in disguise and no name of this machine.
    pub(crate) fn parse(target: &str) -> Option<Self> {
        let name = target.strip_suffix('.').unwrap_or(target);
        let good = !name.is_empty() && name.len() <= 253 && name.split('.').all(is_label);
        let last = name.rsplit('.').next().unwrap_or_default();
        // `127.1`, `0x7f.1` and the like are addresses to a resolver.
        let numeric = last.starts_with(|c: char| c.is_ascii_digit());
        let own = last.eq_ignore_ascii_case("localhost");
        (good && !numeric && !own).then(|| Self(name.to_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether anyone could be reached at an address that a stranger names.
///
/// Loopback would lead a client to its own machine, where rules are laxer.
pub(crate) fn is_dialable(ip: IpAddr, allow_loopback: bool) -> bool {
    let ip = ip.to_canonical();
    let nobody = match ip {
        IpAddr::V4(v4) => v4.octets()[0] == 0 || v4 == Ipv4Addr::BROADCAST,
        IpAddr::V6(v6) => v6 == Ipv6Addr::UNSPECIFIED,
    };
    !nobody && !ip.is_multicast() && (allow_loopback || !ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_pass() {
        for (target, host) in [
            ("studio.local.", "studio.local"),
            ("Studio-2.Local", "studio-2.local"),
            ("a_b.openclaw.internal.", "a_b.openclaw.internal"),
            ("studio", "studio"),
            ("3com.example", "3com.example"),
        ] {
            assert_eq!(SrvHost::parse(target).expect(target).as_str(), host);
        }
    }

    #[test]
    fn what_is_no_host_name_is_no_route() {
        let long = format!("{}.local", "a".repeat(64));
        let longer = ["abcdefgh"; 32].join(".");
        for target in [
            "",
            ".",
            "..",
            "a..b",
            "a b.local",
            "evil.com/x",
            "user@evil.com",
            "evil.com:1",
            "a\u{1b}.local",
            "bücher.local",
            "[::1]",
            "-a.local",
            "a-.local",
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "0x7f.1",
            "10",
            "localhost",
            "x.localhost.",
            "LOCALHOST",
            "%2e.local",
            "a\\.b",
            &long,
            &longer,
        ] {
            assert_eq!(SrvHost::parse(target), None, "{target}");
        }
    }

    #[test]
    fn addresses_lead_somewhere_else() {
        for ip in [
            "192.168.1.2",
            "100.64.0.1",
            "fd00::1",
            "fe80::1",
            "8.8.8.8",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_dialable(ip.parse().unwrap(), false), "{ip}");
        }
        for ip in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(!is_dialable(ip.parse().unwrap(), false), "{ip}");
            assert!(is_dialable(ip.parse().unwrap(), true), "{ip}");
        }
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "255.255.255.255",
            "224.0.0.251",
            "ff02::fb",
            "::",
            "::ffff:0.0.0.0",
        ] {
            assert!(!is_dialable(ip.parse().unwrap(), true), "{ip}");
        }
    }
}
