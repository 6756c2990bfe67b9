//! Where a connection comes from, by its forwarding headers.
//!
//! The bytes are lines: `peer ADDRESS`, `trust NETWORK`, `allow-real-ip`, and headers as they
//! stand in a request.
//!
//! - The answer is that of a walk over the hops, told here once more on plain bits.
//! - Only a loopback socket without any such header is local.
//! - Headers of a peer that is not trusted are never believed.
//! - What a client writes to the left of its proxy's hop, quotes and all, never makes it another.
//! - The listener of Tailscale believes the last hop, from this host, and nothing else.

use std::net::IpAddr;

use ipnet::IpNet;
use openclaw_policy::ingress::{
    ForwardingHeaders, Ingress, ManagedRoute, ProxyRules, classify, classify_managed,
};

/// Longest header that is read, in bytes.
const MAX_VALUE: usize = 4 * 1024;

/// Most hops that are walked.
const MAX_HOPS: usize = 64;

/// Longest hop, in bytes.
const MAX_HOP: usize = 128;

/// What a client may send to a proxy that adds its own hop to the right.
const LIES: &[&str] = &[
    "6.6.6.6",
    "127.0.0.1",
    "for=6.6.6.6",
    "garbage, ::1",
    "for=6.6.6.6;x=\"",
    "for=\"",
    "\"",
    "",
];

/// Classifies one connection.
pub fn forwarded_headers(data: &[u8]) {
    let Some(case) = Case::read(data) else { return };
    let headers = case.headers();
    let answer = classify(case.peer, &headers, &case.rules);
    let peer = case.peer.to_canonical();

    if headers.any && !trusts(&case.rules, peer) {
        assert!(answer.is_err(), "believed a peer that nobody trusts");
    }
    match answer {
        Ok(Ingress::DirectLocal) => assert!(peer.is_loopback() && !headers.any),
        Ok(Ingress::DirectRemote(addr)) => {
            assert!(addr == peer && !peer.is_loopback() && !headers.any);
        }
        Ok(Ingress::TrustedProxy { proxy, client }) => {
            assert!(headers.any && proxy == peer && trusts(&case.rules, peer));
            assert!(!client.is_loopback() && !client.is_unspecified());
            assert_eq!(
                client,
                client.to_canonical(),
                "a key of its own for one address"
            );
            assert_no_other_client(&case, client);
        }
        Ok(Ingress::Tailscale { .. }) => panic!("that listener is another"),
        Err(refusal) => assert!(headers.any && refusal.peer == peer),
    }
    assert_eq!(answer.ok(), reference(&case, &headers));
    for route in [ManagedRoute::Serve, ManagedRoute::Funnel] {
        let answer = classify_managed(route, case.peer, &headers);
        assert_eq!(answer.ok(), reference_managed(route, peer, &headers));
    }
}

struct Case<'a> {
    peer: IpAddr,
    rules: ProxyRules,
    lines: Vec<(String, &'a str)>,
}

impl<'a> Case<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let mut case = Self {
            peer: IpAddr::from([127, 0, 0, 1]),
            rules: ProxyRules::none(),
            lines: Vec::new(),
        };
        for line in str::from_utf8(data).ok()?.split('\n') {
            if let Some((name, value)) = line.split_once(':')
                && !line.starts_with("peer ")
                && !line.starts_with("trust ")
            {
                case.lines.push((name.to_ascii_lowercase(), value.trim()));
            } else if let Some(peer) = line.strip_prefix("peer ") {
                case.peer = peer.parse().ok()?;
            } else if let Some(net) = line.strip_prefix("trust ") {
                case.rules.trusted.push(net.parse().ok()?);
            } else if line == "allow-real-ip" {
                case.rules.allow_real_ip = true;
            }
        }
        Some(case)
    }

    fn values(&self, name: &str) -> impl Iterator<Item = Option<&'a str>> {
        self.lines
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| (value.len() <= MAX_VALUE && is_visible(value)).then_some(*value))
    }

    /// As the Gateway hands them to policy: what it cannot read is a hop that names nobody.
    fn headers(&self) -> ForwardingHeaders<'a> {
        let texts = |name| -> Vec<&'a str> {
            self.values(name)
                .map(|value| value.unwrap_or("unknown"))
                .collect()
        };
        let is_mark = |name: &str| {
            matches!(name, "forwarded" | "x-real-ip")
                || ["x-forwarded-", "tailscale-"]
                    .iter()
                    .any(|start| name.starts_with(start))
        };
        ForwardingHeaders {
            x_forwarded_for: texts("x-forwarded-for"),
            x_real_ip: self.values("x-real-ip").next().flatten(),
            forwarded: texts("forwarded"),
            funnel_request: texts("tailscale-funnel-request"),
            any: self.lines.iter().any(|(name, _)| is_mark(name)),
        }
    }
}

fn is_visible(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| matches!(byte, b'\t' | 0x20..=0x7e))
}

/// A client that lies is refused, or is who it is.
fn assert_no_other_client(case: &Case<'_>, client: IpAddr) {
    for lie in LIES {
        for is_joined in [false, true] {
            let mut headers = case.headers();
            let list = if headers.x_forwarded_for.is_empty() {
                &mut headers.forwarded
            } else {
                &mut headers.x_forwarded_for
            };
            let Some(first) = list.first().copied() else {
                return;
            };
            let joined = format!("{lie}, {first}");
            if is_joined {
                list[0] = &joined;
            } else {
                list.insert(0, lie);
            }
            let again = classify(case.peer, &headers, &case.rules).ok();
            let named = again.and_then(Ingress::client);
            assert!(named.is_none_or(|named| named == client), "{named:?}");
        }
    }
}

/// The rule, told once more.
fn reference(case: &Case<'_>, headers: &ForwardingHeaders<'_>) -> Option<Ingress> {
    let peer = case.peer.to_canonical();
    if !headers.any {
        return Some(if peer.is_loopback() {
            Ingress::DirectLocal
        } else {
            Ingress::DirectRemote(peer)
        });
    }
    let older = walk(case, hops(&headers.x_forwarded_for, |text| Some(hop(text))));
    let standard = walk(case, hops(&headers.forwarded, element));
    let client = match (
        headers.x_forwarded_for.is_empty(),
        headers.forwarded.is_empty(),
    ) {
        (false, true) => older,
        (true, false) => standard,
        (false, false) if older == standard => older,
        (true, true) if case.rules.allow_real_ip => hop(headers.x_real_ip?),
        _ => None,
    };
    proxied(case, client?)
}

/// Every hop of a header; the outer `None` for one that nobody reads.
fn hops(
    values: &[&str],
    read: impl Fn(&str) -> Option<Option<IpAddr>>,
) -> Option<Vec<Option<IpAddr>>> {
    let commas: usize = values.iter().map(|value| value.matches(',').count()).sum();
    if values.len() + commas > MAX_HOPS || values.iter().any(|value| value.len() > MAX_VALUE) {
        return None;
    }
    let mut hops = Vec::new();
    for value in values {
        for text in value.split(',') {
            hops.push(read(text)?);
        }
    }
    Some(hops)
}

/// The right-most hop that is nobody of ours.
fn walk(case: &Case<'_>, hops: Option<Vec<Option<IpAddr>>>) -> Option<IpAddr> {
    for hop in hops?.into_iter().rev() {
        let addr = hop?;
        if !addr.is_loopback() && !trusts(&case.rules, addr) {
            return Some(addr);
        }
    }
    None
}

fn reference_managed(
    route: ManagedRoute,
    peer: IpAddr,
    headers: &ForwardingHeaders<'_>,
) -> Option<Ingress> {
    let client = (*hops(&headers.x_forwarded_for, |text| Some(hop(text)))?.last()?)?;
    let is_marked = match headers.funnel_request[..] {
        [] => true,
        [only] => route == ManagedRoute::Funnel && only.trim_matches([' ', '\t']) == "?1",
        _ => false,
    };
    let is_somebody = !client.is_loopback() && !client.is_unspecified();
    (peer.is_loopback() && is_marked && is_somebody).then_some(Ingress::Tailscale { route, client })
}

fn proxied(case: &Case<'_>, client: IpAddr) -> Option<Ingress> {
    let proxy = case.peer.to_canonical();
    let named = !client.is_loopback() && !client.is_unspecified();
    (named && trusts(&case.rules, proxy)).then_some(Ingress::TrustedProxy { proxy, client })
}

/// The hop of one element of `Forwarded`; the outer `None` for one that cannot be read.
fn element(text: &str) -> Option<Option<IpAddr>> {
    let mut named = Vec::new();
    for pair in text
        .split(';')
        .map(blank_free)
        .filter(|pair| !pair.is_empty())
    {
        let at = pair.find('=')?;
        let (name, value) = (&pair[..at], &pair[at + 1..]);
        let inside = match value.matches('"').count() {
            0 => value,
            2 if value.starts_with('"') && value.ends_with('"') => &value[1..value.len() - 1],
            _ => return None,
        };
        if inside.contains('\\') {
            return None;
        }
        if name.eq_ignore_ascii_case("for") {
            named.push(inside);
        }
    }
    match named[..] {
        [] => Some(None),
        [only] => Some(hop(only)),
        _ => None,
    }
}

fn blank_free(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// One hop: an address, with or without a port.
fn hop(text: &str) -> Option<IpAddr> {
    if text.len() > MAX_HOP {
        return None;
    }
    let text = blank_free(text);
    let addr = if let Ok(addr) = text.parse::<IpAddr>() {
        addr
    } else {
        let (addr, port) = match text.rfind("]:") {
            Some(at) => (&text[..=at], &text[at + 2..]),
            None if text.ends_with(']') => (text, "0"),
            None => text.rsplit_once(':')?,
        };
        let addr = match addr.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            Some(inside) => IpAddr::V6(inside.parse().ok()?),
            None => IpAddr::V4(addr.parse().ok()?),
        };
        is_port(port).then_some(addr)?
    };
    Some(addr.to_canonical())
}

fn is_port(port: &str) -> bool {
    let is_number = port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let is_name = port.len() > 1
        && port.starts_with('_')
        && port
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    is_number || is_name
}

/// Whether a list of networks holds an address, bit by bit.
fn trusts(rules: &ProxyRules, addr: IpAddr) -> bool {
    rules.trusted.iter().any(|net| match (net, addr) {
        (IpNet::V4(net), IpAddr::V4(addr)) => {
            let differs = net.addr().to_bits() ^ addr.to_bits();
            differs.leading_zeros() >= u32::from(net.prefix_len())
        }
        (IpNet::V6(net), IpAddr::V6(addr)) => {
            let differs = net.addr().to_bits() ^ addr.to_bits();
            differs.leading_zeros() >= u32::from(net.prefix_len())
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(lines: &str) -> Option<IpAddr> {
        let case = Case::read(lines.as_bytes()).expect("a case");
        reference(&case, &case.headers()).and_then(Ingress::client)
    }

    #[test]
    fn the_reference_knows_the_rule() {
        let evil = Some(IpAddr::from([66, 66, 66, 66]));
        let trusting = "trust 127.0.0.1/32\ntrust 10.0.0.0/8\n";
        for (lines, expected) in [
            ("X-Forwarded-For: 127.0.0.1, 66.66.66.66", evil),
            ("X-Forwarded-For: 1.1.1.1, 66.66.66.66, 10.2.3.4", evil),
            ("Forwarded: for=1.1.1.1, for=\"66.66.66.66:1\";by=x", evil),
            ("X-Forwarded-For: 66.66.66.66, unknown", None),
            ("X-Forwarded-For: 66.66.66.66:_port", evil),
            (
                "X-Forwarded-For: 66.66.66.66\nForwarded: for=66.66.66.66",
                evil,
            ),
            ("X-Forwarded-For: 1.1.1.1\nForwarded: for=66.66.66.66", None),
            ("Forwarded: host=\"x;for=66.66.66.66\";for=9.9.9.9", None),
            ("X-Real-IP: 66.66.66.66", None),
            ("allow-real-ip\nX-Real-IP: 66.66.66.66", evil),
        ] {
            assert_eq!(client(&format!("{trusting}{lines}")), expected, "{lines}");
        }
        assert_eq!(
            client("X-Forwarded-For: 66.66.66.66"),
            None,
            "nobody trusts the peer"
        );
    }
}
