//! Which address of the Gateway a setup code names.
//!
//! A device that was just handed a code has nothing but this address: it must lead to the
//! Gateway, and must not carry the code's token in the clear through the internet.

use std::net::{IpAddr, SocketAddr};

use openclaw_protocol::setup_code::MAX_URLS;

use crate::address::{canonical, is_loopback, is_private, is_tailnet};
use crate::modes::BindMode;

/// The ways to a Gateway, as far as it knows them.
#[derive(Debug, Clone, Copy)]
pub struct WaysIn<'a> {
    /// The address in the request.
    pub asked: Option<&'a str>,
    /// `plugins.entries.device-pair.config.publicUrl`
    pub configured: Option<&'a str>,
    /// `gateway.remote.url`, where the request prefers it.
    pub remote: Option<&'a str>,
    /// The address under Tailscale Serve or Funnel, and which of them.
    pub tailscale: Option<(&'a str, &'a str)>,
    /// `gateway.bind`
    pub bind: BindMode,
    /// The addresses listened on.
    pub listening: &'a [SocketAddr],
    /// The addresses of this host, for a Gateway that listens on all of them.
    pub host: &'a [IpAddr],
    /// Whether the Gateway itself speaks TLS.
    pub is_tls: bool,
}

/// The address of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupUrl {
    /// The address.
    pub url: String,
    /// All addresses, the best one first, where there is more than one.
    pub urls: Vec<String>,
    /// Where it comes from.
    pub source: String,
    /// Whether a device meets the Gateway's own certificate there.
    pub is_own_certificate: bool,
}

impl SetupUrl {
    /// Whether what a device sends there is encrypted, whichever address it takes.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        std::iter::once(&self.url)
            .chain(&self.urls)
            .all(|url| url.starts_with("wss://"))
    }
}

/// Why there is no address for a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoSetupUrl {
    /// Nothing but this host reaches the Gateway.
    // The words are those that clients know.
    #[error(
        "Gateway is only bound to loopback. Set gateway.bind=lan, enable tailscale serve, or \
         configure plugins.entries.device-pair.config.publicUrl."
    )]
    LoopbackOnly,
    /// The addresses listened on are of no use to a device.
    #[error(
        "gateway.bind={bind} set, but no private LAN IP was found. Pass a publicUrl, or configure \
         plugins.entries.device-pair.config.publicUrl with a wss:// address."
    )]
    NoPrivateAddress {
        /// `gateway.bind`
        bind: &'static str,
    },
    /// A text that is no address.
    #[error(
        "{source_name} is not an address that a device can dial: give wss://HOST, https://HOST, or \
         ws://ADDRESS:PORT in a private network"
    )]
    NotUrl {
        /// Where the text comes from.
        source_name: &'static str,
    },
    /// The token would travel in the clear through the internet.
    #[error(
        "{source_name} is not encrypted and leads beyond the private network, so a setup code must \
         not name it: use wss:// (gateway.tls, a proxy with TLS, or tailscale serve)"
    )]
    Plaintext {
        /// Where the address comes from.
        source_name: &'static str,
    },
}

impl WaysIn<'_> {
    /// The address for a code: the one asked for, the configured one, the preferred remote one,
    /// Tailscale's, or one that the Gateway listens on.
    ///
    /// # Errors
    ///
    /// [`NoSetupUrl`]. An address that was given and is wrong is an error, never passed over.
    pub fn choose(&self) -> Result<SetupUrl, NoSetupUrl> {
        for (given, source) in [
            (self.asked, "request.publicUrl"),
            (
                self.configured,
                "plugins.entries.device-pair.config.publicUrl",
            ),
            (self.remote, "gateway.remote.url"),
        ] {
            if let Some(text) = given {
                return Ok(foreign(dialable(text, source)?, source));
            }
        }
        if let Some((mode, text)) = self.tailscale {
            let url = dialable(text, "the address under tailscale")?;
            return Ok(foreign(url, &format!("gateway.tailscale.mode={mode}")));
        }
        self.own()
    }

    /// An address that the Gateway listens on.
    fn own(&self) -> Result<SetupUrl, NoSetupUrl> {
        if self.listening.iter().all(|addr| is_loopback(addr.ip())) {
            return Err(NoSetupUrl::LoopbackOnly);
        }
        let mut found: Vec<(IpAddr, u16)> = Vec::new();
        for addr in self.listening {
            let ip = canonical(addr.ip());
            let ips = if ip.is_unspecified() {
                self.host
                    .iter()
                    .map(|ip| canonical(*ip))
                    .filter(|it| it.is_ipv4() || ip.is_ipv6())
                    .collect()
            } else {
                vec![ip]
            };
            found.extend(ips.into_iter().map(|ip| (ip, addr.port())));
        }
        found.retain(|(ip, _)| is_useful(*ip) && (self.is_tls || is_private(*ip)));
        // The private network first, then the tailnet, then the rest; IPv4 before IPv6.
        found.sort_by_key(|(ip, _)| (is_tailnet(*ip), !is_private(*ip), ip.is_ipv6()));
        found.dedup();
        let scheme = if self.is_tls { "wss" } else { "ws" };
        let mut urls: Vec<String> = found
            .into_iter()
            .take(MAX_URLS)
            .map(|(ip, port)| format!("{scheme}://{}", SocketAddr::new(ip, port)))
            .collect();
        let bind = self.bind.as_str();
        let Some(url) = urls.first().cloned() else {
            return Err(NoSetupUrl::NoPrivateAddress { bind });
        };
        if urls.len() == 1 {
            urls.clear();
        }
        Ok(SetupUrl {
            url,
            urls,
            source: format!("gateway.bind={bind}"),
            is_own_certificate: self.is_tls,
        })
    }
}

/// An address at which somebody else's certificate may stand before the Gateway.
fn foreign(url: String, source: &str) -> SetupUrl {
    SetupUrl {
        url,
        urls: Vec::new(),
        source: source.to_owned(),
        is_own_certificate: false,
    }
}

/// Whether a device elsewhere can dial it: no loopback, no link-local address, which means
/// something on one wire only.
fn is_useful(ip: IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(is_loopback(ip) || ip.is_unspecified() || ip.is_multicast() || is_link_local)
}

/// The WebSocket address in this text.
fn dialable(text: &str, source_name: &'static str) -> Result<String, NoSetupUrl> {
    let not_url = NoSetupUrl::NotUrl { source_name };
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(not_url);
    };
    let is_encrypted = match scheme.to_ascii_lowercase().as_str() {
        "wss" | "https" => true,
        "ws" | "http" => false,
        _ => return Err(not_url),
    };
    // A query or a fragment may hold a secret, and is of no use here.
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let Some(host) = host_of(authority) else {
        return Err(not_url);
    };
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(not_url);
    }
    if !is_encrypted && !may_be_plain(host) {
        return Err(NoSetupUrl::Plaintext { source_name });
    }
    let scheme = if is_encrypted { "wss" } else { "ws" };
    Ok(format!("{scheme}://{}", rest.trim_end_matches('/')))
}

/// The host of `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        (
            host,
            after
                .strip_prefix(':')
                .or_else(|| after.is_empty().then_some("0"))?,
        )
    } else {
        authority.split_once(':').unwrap_or((authority, "0"))
    };
    port.parse::<u16>().ok()?;
    let is_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    (!host.is_empty() && host.bytes().all(is_name)).then_some(host)
}

/// Whether what goes to this host stays within the host or its private network.
fn may_be_plain(host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return is_private(ip);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".local")
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::{NoSetupUrl, SetupUrl, WaysIn};
    use crate::modes::BindMode;

    fn ways<'a>(listening: &'a [SocketAddr], host: &'a [IpAddr]) -> WaysIn<'a> {
        WaysIn {
            asked: None,
            configured: None,
            remote: None,
            tailscale: None,
            bind: BindMode::Lan,
            listening,
            host,
            is_tls: false,
        }
    }

    fn addresses<T: std::str::FromStr>(texts: &[&str]) -> Vec<T>
    where
        T::Err: std::fmt::Debug,
    {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_address_that_is_given_counts() {
        let listening = addresses(&["0.0.0.0:18789"]);
        let host = addresses(&["192.168.1.10"]);
        let mut ways = ways(&listening, &host);
        let expect = |ways: &WaysIn<'_>, url: &str, source: &str| {
            let got = ways.choose().unwrap();
            assert_eq!((got.url.as_str(), got.source.as_str()), (url, source));
            got
        };
        expect(&ways, "ws://192.168.1.10:18789", "gateway.bind=lan");
        ways.tailscale = Some(("serve", "https://box.tail1.ts.net/"));
        expect(
            &ways,
            "wss://box.tail1.ts.net",
            "gateway.tailscale.mode=serve",
        );
        ways.remote = Some("wss://far.example");
        expect(&ways, "wss://far.example", "gateway.remote.url");
        ways.configured = Some("https://cfg.example:444");
        let source = "plugins.entries.device-pair.config.publicUrl";
        expect(&ways, "wss://cfg.example:444", source);
        ways.asked = Some("https://gw.example/x/?token=secret#a");
        let got = expect(&ways, "wss://gw.example/x", "request.publicUrl");
        assert!(got.is_encrypted() && !got.is_own_certificate);
    }

    #[test]
    fn loopback_alone_is_refused_in_the_known_words() {
        let listening = addresses(&["127.0.0.1:18789", "[::1]:18789"]);
        let refused = ways(&listening, &[]).choose().unwrap_err();
        assert_eq!(refused, NoSetupUrl::LoopbackOnly);
        assert!(
            refused
                .to_string()
                .starts_with("Gateway is only bound to loopback. Set")
        );
        assert_eq!(ways(&[], &[]).choose(), Err(NoSetupUrl::LoopbackOnly));
    }

    #[test]
    fn own_addresses_are_those_that_a_device_can_use() {
        let listening = addresses(&["0.0.0.0:1", "[::]:1"]);
        let host = addresses(&[
            "fe80::1",
            "127.0.0.1",
            "100.64.0.7",
            "203.0.113.5",
            "fd00::2",
            "10.0.0.5",
            "169.254.1.1",
        ]);
        let mut ways = ways(&listening, &host);
        let got = ways.choose().unwrap();
        assert_eq!(
            got.urls,
            ["ws://10.0.0.5:1", "ws://[fd00::2]:1", "ws://100.64.0.7:1"]
        );
        assert!(!got.is_encrypted());
        ways.is_tls = true;
        let got = ways.choose().unwrap();
        assert_eq!(got.urls.len(), 4);
        assert!(got.urls.contains(&"wss://203.0.113.5:1".to_owned()));
        assert!(got.is_encrypted() && got.is_own_certificate);
        let public = addresses(&["203.0.113.5:1"]);
        let refused = super::tests::ways(&public, &[]).choose();
        assert_eq!(refused, Err(NoSetupUrl::NoPrivateAddress { bind: "lan" }));
    }

    #[test]
    fn a_token_never_travels_in_the_clear_through_the_internet() {
        let listening = addresses(&["127.0.0.1:1"]);
        let choose = |asked: &str| -> Result<SetupUrl, NoSetupUrl> {
            let mut ways = ways(&listening, &[]);
            ways.asked = Some(asked);
            ways.choose()
        };
        for plain in [
            "ws://192.168.1.10:18789",
            "http://10.0.0.5",
            "ws://localhost:1",
            "ws://box.local:1",
            "ws://[fd00::1]:1",
            "ws://100.64.0.7",
        ] {
            assert!(choose(plain).is_ok(), "{plain}");
        }
        for public in [
            "ws://example.com:18789",
            "http://203.0.113.5",
            "ws://127.0.0.1.evil.com",
            "ws://local",
            "ws://evil-local.",
            "WS://Example.com",
        ] {
            assert!(
                matches!(choose(public), Err(NoSetupUrl::Plaintext { .. })),
                "{public}"
            );
        }
        for junk in [
            "nonsense",
            "",
            "ftp://h",
            "wss://",
            "wss://user:pw@h",
            "wss://h:99999",
            "wss://[::1",
            "wss://h h",
            "wss://h\u{e9}",
        ] {
            assert!(
                matches!(choose(junk), Err(NoSetupUrl::NotUrl { .. })),
                "{junk}"
            );
        }
    }
}
