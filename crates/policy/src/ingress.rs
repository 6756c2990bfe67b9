//! Where a connection comes from: this host, another host, or through a proxy that we trust.
//!
//! A connection is local only if its socket is loopback and it carries no forwarding header. A
//! forwarding header from a peer that is not in `gateway.trustedProxies` is refused at the
//! upgrade: it can only mean a proxy that nobody configured, or somebody who lies.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::address::{canonical, is_loopback};

/// Forwarding headers of a request, as text. Empty slices where a header is absent.
#[derive(Debug, Clone, Default)]
pub struct ForwardingHeaders<'a> {
    /// Every `X-Forwarded-For` value in order.
    pub x_forwarded_for: Vec<&'a str>,
    /// `X-Real-IP`.
    pub x_real_ip: Option<&'a str>,
    /// Every `Forwarded` value in order (RFC 7239).
    pub forwarded: Vec<&'a str>,
    /// Whether any header is there that only a proxy sets: the above, `X-Forwarded-Proto`,
    /// `X-Forwarded-Host`, `Tailscale-*`.
    pub any: bool,
}

/// Which proxies are believed: `gateway.trustedProxies` and `gateway.allowRealIpFallback`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyRules {
    /// Networks whose forwarding headers count.
    pub trusted: Vec<IpNet>,
    /// Whether `X-Real-IP` counts where there is no usable `X-Forwarded-For`.
    pub allow_real_ip: bool,
}

impl ProxyRules {
    /// No proxy is believed.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    fn trusts(&self, addr: IpAddr) -> bool {
        let addr = canonical(addr);
        self.trusted.iter().any(|net| net.contains(&addr))
    }
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ingress {
    /// A loopback socket without any forwarding header.
    DirectLocal,
    /// A socket from another host.
    DirectRemote(IpAddr),
    /// Through a proxy that we trust, from this client.
    TrustedProxy {
        /// The proxy: the socket's peer.
        proxy: IpAddr,
        /// The client that the proxy names.
        client: IpAddr,
    },
}

impl Ingress {
    /// Whether the connection is local.
    #[must_use]
    pub const fn is_local(self) -> bool {
        matches!(self, Self::DirectLocal)
    }

    /// The address under which the client counts and is shown; `None` for local ones.
    #[must_use]
    pub const fn client(self) -> Option<IpAddr> {
        match self {
            Self::DirectLocal => None,
            Self::DirectRemote(addr) | Self::TrustedProxy { client: addr, .. } => Some(addr),
        }
    }
}

/// A proxied request whose client nobody can name: refused with HTTP 403 at the upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Proxy client attribution is required. Configure gateway.trustedProxies narrowly and make the proxy overwrite or safely rebuild forwarded client headers."
)]
pub struct ProxyAttributionRequired {
    /// The peer that sent the headers; the address to add if it is a proxy of yours.
    pub peer: IpAddr,
}

/// Says where a connection comes from.
///
/// # Errors
///
/// [`ProxyAttributionRequired`] where forwarding headers come from a peer that is not trusted,
/// or a trusted proxy names no client, or a loopback one.
pub fn classify(
    peer: IpAddr,
    headers: &ForwardingHeaders<'_>,
    rules: &ProxyRules,
) -> Result<Ingress, ProxyAttributionRequired> {
    let peer = canonical(peer);
    if !headers.any {
        return Ok(if is_loopback(peer) {
            Ingress::DirectLocal
        } else {
            Ingress::DirectRemote(peer)
        });
    }
    let refusal = ProxyAttributionRequired { peer };
    if !rules.trusts(peer) {
        return Err(refusal);
    }
    let client = forwarded_client(headers, rules).ok_or(refusal)?;
    if is_loopback(client) || client.is_unspecified() {
        return Err(refusal);
    }
    Ok(Ingress::TrustedProxy {
        proxy: peer,
        client,
    })
}

/// The right-most hop that is neither loopback nor a trusted proxy.
fn forwarded_client(headers: &ForwardingHeaders<'_>, rules: &ProxyRules) -> Option<IpAddr> {
    let from_chain = |chain: Vec<&str>| -> Option<IpAddr> {
        for hop in chain.into_iter().rev().take(MAX_HOPS) {
            // A hop that cannot be read hides who stands before it: stop, do not guess.
            let addr = canonical(parse_hop(hop)?);
            if !is_loopback(addr) && !rules.trusts(addr) {
                return Some(addr);
            }
        }
        None
    };
    if !headers.x_forwarded_for.is_empty() {
        return from_chain(
            headers
                .x_forwarded_for
                .iter()
                .flat_map(|v| v.split(','))
                .collect(),
        );
    }
    if !headers.forwarded.is_empty() {
        let hops: Option<Vec<&str>> = headers
            .forwarded
            .iter()
            .flat_map(|v| v.split(','))
            .map(forwarded_for)
            .collect();
        return from_chain(hops?);
    }
    if rules.allow_real_ip {
        return headers.x_real_ip.and_then(parse_hop).map(canonical);
    }
    None
}

/// Longest chain that is walked; a longer one names no client.
const MAX_HOPS: usize = 64;

/// The `for=` of one element of a `Forwarded` header.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| value.trim().trim_matches('"'))
    })
}

/// An address as proxies write it: bare, `v4:port`, `[v6]`, `[v6]:port`.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    if let Ok(addr) = hop.parse() {
        return Some(addr);
    }
    if let Some(rest) = hop.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        let port_ok = after.is_empty()
            || after
                .strip_prefix(':')
                .is_some_and(|port| port.parse::<u16>().is_ok());
        return port_ok.then(|| inside.parse().ok()).flatten();
    }
    let (addr, port) = hop.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    addr.parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4)
}

#[cfg(test)]
mod tests {
    use super::{ForwardingHeaders, Ingress, ProxyRules, classify};
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr};

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn xff<'a>(values: &[&'a str]) -> ForwardingHeaders<'a> {
        ForwardingHeaders {
            x_forwarded_for: values.to_vec(),
            any: true,
            ..Default::default()
        }
    }

    fn trusting(nets: &[&str]) -> ProxyRules {
        ProxyRules {
            trusted: nets.iter().map(|n| n.parse().unwrap()).collect(),
            allow_real_ip: false,
        }
    }

    #[test]
    fn only_an_unforwarded_loopback_socket_is_local() {
        let none = ForwardingHeaders::default();
        assert_eq!(
            classify(LOOPBACK, &none, &ProxyRules::none()),
            Ok(Ingress::DirectLocal)
        );
        assert_eq!(
            classify(ip("::ffff:127.0.0.1"), &none, &ProxyRules::none()),
            Ok(Ingress::DirectLocal)
        );
        assert!(classify(LOOPBACK, &xff(&["203.0.113.7"]), &ProxyRules::none()).is_err());
        let only_marker = ForwardingHeaders {
            any: true,
            ..Default::default()
        };
        assert!(classify(LOOPBACK, &only_marker, &ProxyRules::none()).is_err());
        assert_eq!(
            classify(ip("203.0.113.7"), &none, &ProxyRules::none()),
            Ok(Ingress::DirectRemote(ip("203.0.113.7")))
        );
    }

    #[test]
    fn the_right_most_untrusted_hop_is_the_client() {
        let rules = trusting(&["127.0.0.1/32", "10.0.0.0/8"]);
        for (chain, client) in [
            (vec!["203.0.113.77"], Some("203.0.113.77")),
            (vec!["127.0.0.1, 198.51.100.9"], Some("198.51.100.9")),
            (
                vec!["1.1.1.1, 198.51.100.9, 10.1.2.3"],
                Some("198.51.100.9"),
            ),
            (vec!["1.1.1.1", "198.51.100.9:4711"], Some("198.51.100.9")),
            (vec!["[2001:db8::1]:80"], Some("2001:db8::1")),
            (vec!["127.0.0.1"], None),
            (vec!["10.1.2.3"], None),
            (vec!["198.51.100.9, unknown"], None),
            (vec![""], None),
        ] {
            let got = classify(LOOPBACK, &xff(&chain), &rules)
                .ok()
                .and_then(Ingress::client);
            assert_eq!(got, client.map(ip), "{chain:?}");
        }
    }

    #[test]
    fn forwarded_and_real_ip() {
        let mut rules = trusting(&["127.0.0.1/32"]);
        let forwarded = ForwardingHeaders {
            forwarded: vec![r#"for=1.1.1.1, for="[2001:db8::7]:99";proto=https"#],
            any: true,
            ..Default::default()
        };
        let got = classify(LOOPBACK, &forwarded, &rules).unwrap().client();
        assert_eq!(got, Some(ip("2001:db8::7")));
        let real = ForwardingHeaders {
            x_real_ip: Some("1.2.3.4"),
            any: true,
            ..Default::default()
        };
        assert!(classify(LOOPBACK, &real, &rules).is_err());
        rules.allow_real_ip = true;
        assert_eq!(
            classify(LOOPBACK, &real, &rules).unwrap().client(),
            Some(ip("1.2.3.4"))
        );
    }

    proptest! {
        /// The answer equals a plain walk over parsed addresses.
        #[test]
        fn equals_a_reference_walk(hops in proptest::collection::vec(any::<u32>(), 1..12)) {
            let rules = trusting(&["127.0.0.1/32", "64.0.0.0/2"]);
            let addrs: Vec<Ipv4Addr> = hops.iter().map(|b| Ipv4Addr::from(*b)).collect();
            let chain = addrs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let expected = addrs
                .iter()
                .rev()
                .find(|a| !a.is_loopback() && !(64..128).contains(&a.octets()[0]))
                .filter(|a| !a.is_unspecified())
                .map(|a| IpAddr::V4(*a));
            let got = classify(LOOPBACK, &xff(&[&chain]), &rules).ok().and_then(Ingress::client);
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn never_local_with_any_forwarding_header(chain in ".{0,60}", real in ".{0,20}") {
            let headers = ForwardingHeaders {
                x_forwarded_for: vec![&chain],
                x_real_ip: Some(&real),
                forwarded: vec![],
                any: true,
            };
            for rules in [ProxyRules::none(), trusting(&["127.0.0.0/8"])] {
                prop_assert!(!classify(LOOPBACK, &headers, &rules).is_ok_and(Ingress::is_local));
            }
        }
    }
}
