//! Where connections come from: honest proxies, and headers that strangers wrote.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use proptest::prelude::*;

use super::{
    ForwardingHeaders, Ingress, ManagedRoute, ProxyRules, classify, classify_managed,
    is_forwarding_header,
};

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

fn forwarded<'a>(values: &[&'a str]) -> ForwardingHeaders<'a> {
    ForwardingHeaders {
        forwarded: values.to_vec(),
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

/// The client behind a trusted proxy on this host.
fn client(headers: &ForwardingHeaders<'_>, rules: &ProxyRules) -> Option<IpAddr> {
    classify(LOOPBACK, headers, rules)
        .ok()
        .and_then(Ingress::client)
}

#[test]
fn only_an_unforwarded_loopback_socket_is_local() {
    let none = ForwardingHeaders::default();
    for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(
            classify(ip(peer), &none, &ProxyRules::none()),
            Ok(Ingress::DirectLocal)
        );
    }
    let refused = classify(LOOPBACK, &xff(&["203.0.113.7"]), &ProxyRules::none()).unwrap_err();
    assert_eq!(refused.peer, LOOPBACK);
    assert!(refused.to_string().contains("gateway.trustedProxies"));
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
fn headers_that_only_proxies_set() {
    for name in [
        "forwarded",
        "x-real-ip",
        "x-forwarded-for",
        "x-forwarded-prefix",
        "tailscale-user-login",
        "tailscale-app-capabilities",
    ] {
        assert!(is_forwarding_header(name), "{name}");
    }
    for name in ["origin", "x-forward", "host", "via", "tailscale"] {
        assert!(!is_forwarding_header(name), "{name}");
    }
}

#[test]
fn the_right_most_untrusted_hop_is_the_client() {
    let rules = trusting(&["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]);
    for (chain, expected) in [
        (vec!["203.0.113.77"], Some("203.0.113.77")),
        (vec!["127.0.0.1, 198.51.100.9"], Some("198.51.100.9")),
        (
            vec!["1.1.1.1, 198.51.100.9, 10.1.2.3"],
            Some("198.51.100.9"),
        ),
        (
            vec!["1.1.1.1, 2001:db8::9, fd00::3, ::1"],
            Some("2001:db8::9"),
        ),
        (vec!["1.1.1.1", "198.51.100.9:4711"], Some("198.51.100.9")),
        (vec!["[2001:db8::1]:80"], Some("2001:db8::1")),
        (vec!["[2001:db8::1]"], Some("2001:db8::1")),
        (vec!["::ffff:198.51.100.9"], Some("198.51.100.9")),
        (vec!["1.1.1.1, ::ffff:10.0.0.1"], Some("1.1.1.1")),
        (vec!["198.51.100.9:_hidden"], Some("198.51.100.9")),
        // What is left of the client is for the client to lie about.
        (vec!["garbage, 198.51.100.9"], Some("198.51.100.9")),
        (vec!["127.0.0.1"], None),
        (vec!["10.1.2.3"], None),
        (vec!["198.51.100.9, unknown"], None),
        (vec![""], None),
        (vec!["198.51.100.9,"], None),
        (vec!["0.0.0.0"], None),
        (vec!["::"], None),
    ] {
        assert_eq!(client(&xff(&chain), &rules), expected.map(ip), "{chain:?}");
    }
}

#[test]
fn the_standard_header() {
    let rules = trusting(&["127.0.0.1/32", "10.0.0.0/8"]);
    for (values, expected) in [
        (
            &[r#"for=1.1.1.1, for="[2001:db8::7]:99";proto=https"#][..],
            Some("2001:db8::7"),
        ),
        (
            &["for=1.1.1.1", "by=10.0.0.1;For=198.51.100.9"],
            Some("198.51.100.9"),
        ),
        (&["for=198.51.100.9, for=10.1.1.1;"], Some("198.51.100.9")),
        (&[r#"for="198.51.100.9:_port""#], Some("198.51.100.9")),
        (&[r#"for="[2001:db8::7]:_a.b-c""#], Some("2001:db8::7")),
        (
            &[r#"for=_hidden, for=198.51.100.9;host="gw.example""#],
            Some("198.51.100.9"),
        ),
        (&["for=_hidden"], None),
        (&["for=unknown"], None),
        (&["for=1.1.1.1, for=unknown"], None),
        (&["for=1.1.1.1, proto=https"], None),
        (&[r#"for="198.51.100.9:_""#], None),
        (&[r#"for="198.51.100.9:_a b""#], None),
        (&["for=198.51.100.9:99999"], None),
        (&["for=198.51.100.9:+80"], None),
        (&["for=[2001:db8::7"], None),
        (&["for=[2001:db8::7]x"], None),
        (&["for=1.1.1.1;for=2.2.2.2"], None),
        (&["for"], None),
        (&[""], None),
    ] {
        assert_eq!(
            client(&forwarded(values), &rules),
            expected.map(ip),
            "{values:?}"
        );
    }
}

/// A proxy quotes the client's `Host`, or appends to what the client sent: neither lets the client
/// write an element that counts.
#[test]
fn quotes_do_not_smuggle_a_hop() {
    let rules = trusting(&["127.0.0.1/32"]);
    for values in [
        &[r#"for=5.6.7.8;host="a, for=1.2.3.4""#][..],
        &[r#"for=5.6.7.8;host="a;for=1.2.3.4""#],
        &[r#"for=5.6.7.8;host="\", for=1.2.3.4""#],
        &[r#"a=", for=5.6.7.8;host=",for=1.2.3.4;b="""#],
        &[r#"for="1.2.3.4, for=5.6.7.8"#],
        &[r#"for=1.2.3.4""#],
        &[r#"for="1.2.3.4"x"#],
    ] {
        assert_eq!(client(&forwarded(values), &rules), None, "{values:?}");
    }
}

#[test]
fn two_headers_must_agree() {
    let rules = trusting(&["127.0.0.1/32"]);
    let both = |older, standard| ForwardingHeaders {
        x_forwarded_for: vec![older],
        forwarded: vec![standard],
        any: true,
        ..Default::default()
    };
    assert_eq!(
        client(&both("1.1.1.1, 5.6.7.8", "for=5.6.7.8"), &rules),
        Some(ip("5.6.7.8"))
    );
    for (older, standard) in [
        ("1.2.3.4", "for=5.6.7.8"),
        ("5.6.7.8", "for=_hidden"),
        ("unknown", "for=5.6.7.8"),
    ] {
        assert_eq!(
            client(&both(older, standard), &rules),
            None,
            "{older} {standard}"
        );
    }
}

#[test]
fn real_ip_counts_only_where_it_is_allowed_and_nothing_else_is_there() {
    let mut rules = trusting(&["127.0.0.1/32"]);
    let real = |x_real_ip, x_forwarded_for| ForwardingHeaders {
        x_real_ip: Some(x_real_ip),
        x_forwarded_for,
        any: true,
        ..Default::default()
    };
    assert_eq!(client(&real("1.2.3.4", vec![]), &rules), None);
    rules.allow_real_ip = true;
    assert_eq!(
        client(&real("1.2.3.4", vec![]), &rules),
        Some(ip("1.2.3.4"))
    );
    assert_eq!(
        client(&real("1.2.3.4", vec!["5.6.7.8"]), &rules),
        Some(ip("5.6.7.8"))
    );
    assert_eq!(client(&real("1.2.3.4", vec!["unknown"]), &rules), None);
    assert_eq!(client(&real("127.0.0.1", vec![]), &rules), None);
    assert_eq!(client(&real("nonsense", vec![]), &rules), None);
}

#[test]
fn what_is_no_address_names_nobody() {
    let rules = trusting(&["127.0.0.1/32"]);
    for hop in [
        "fe80::1%eth0",
        "[fe80::1%25eth0]:80",
        "1.2.3.4\u{0}",
        "\u{7}1.2.3.4",
        "1.2.3.4\r\n1.1.1.1",
        "\u{a0}1.2.3.4",
        "1.2.3",
        "01.2.3.4",
        "0x7f.0.0.1",
        "1.2.3.4:",
        "1.2.3.4:80:80",
        "localhost",
        "_hidden",
    ] {
        assert_eq!(client(&xff(&[hop]), &rules), None, "{hop:?}");
        let element = format!("for=\"{hop}\"");
        assert_eq!(client(&forwarded(&[&element]), &rules), None, "{hop:?}");
    }
}

/// Whatever strangers write, reading it takes no time worth speaking of, and nothing of it counts.
#[test]
fn enormous_headers_cost_little_and_name_nobody() {
    let rules = trusting(&["127.0.0.1/32", "10.0.0.0/8"]);
    let long = "9".repeat(1 << 20);
    let commas = ",".repeat(1 << 20);
    let hops = vec!["10.1.1.1"; 10_000];
    let many = hops.join(", ");
    let quoted = format!("for=\"{}\"", "a".repeat(1 << 20));
    let pairs = "a=b;".repeat(1 << 18);
    let padded = format!("{}1.2.3.4", " ".repeat(1 << 20));
    // The slowest of many machines is allowed for: an accident costs minutes, not seconds.
    let started = std::time::Instant::now();
    for _ in 0..100 {
        for text in [&long, &commas, &many, &quoted, &pairs, &padded] {
            assert_eq!(client(&xff(&[text]), &rules), None);
            assert_eq!(client(&forwarded(&[text]), &rules), None);
        }
        assert_eq!(client(&xff(&hops), &rules), None);
        let real = ForwardingHeaders {
            x_real_ip: Some(&padded),
            any: true,
            ..Default::default()
        };
        let allowing = ProxyRules {
            allow_real_ip: true,
            ..rules.clone()
        };
        assert_eq!(client(&real, &allowing), None);
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    // Sixty-four hops are walked, one more names nobody.
    let chain = |trusted: usize| format!("1.2.3.4{}", ", 10.1.1.1".repeat(trusted));
    assert_eq!(client(&xff(&[&chain(63)]), &rules), Some(ip("1.2.3.4")));
    assert_eq!(client(&xff(&[&chain(64)]), &rules), None);
}

#[test]
fn the_managed_listener_believes_tailscale_alone() {
    let from = |client: &'static str, funnel: &[&'static str]| ForwardingHeaders {
        funnel_request: funnel.to_vec(),
        ..xff(&[client])
    };
    let serve =
        |headers: &ForwardingHeaders<'_>| classify_managed(ManagedRoute::Serve, LOOPBACK, headers);
    let funnel =
        |headers: &ForwardingHeaders<'_>| classify_managed(ManagedRoute::Funnel, LOOPBACK, headers);
    let named = |route, client| {
        Ok(Ingress::Tailscale {
            route,
            client: ip(client),
        })
    };

    let plain = from("100.64.0.7", &[]);
    assert_eq!(serve(&plain), named(ManagedRoute::Serve, "100.64.0.7"));
    assert_eq!(
        funnel(&from("203.0.113.7", &[])),
        named(ManagedRoute::Funnel, "203.0.113.7")
    );
    assert_eq!(
        funnel(&from("203.0.113.7", &["?1"])),
        named(ManagedRoute::Funnel, "203.0.113.7")
    );
    // The hop that Tailscale wrote stands on the right.
    assert_eq!(
        serve(&from("100.64.0.1, 100.64.0.7", &[])),
        named(ManagedRoute::Serve, "100.64.0.7")
    );
    for funnel_request in [&["?1"][..], &["?0"], &[""], &["?1", "?1"]] {
        assert!(
            serve(&from("100.64.0.7", funnel_request)).is_err(),
            "{funnel_request:?}"
        );
    }
    for funnel_request in [&["?0"][..], &["1"], &[""], &["?1", "?1"]] {
        assert!(
            funnel(&from("203.0.113.7", funnel_request)).is_err(),
            "{funnel_request:?}"
        );
    }
    // Nobody is local here, and nobody comes without being named.
    for headers in [
        ForwardingHeaders::default(),
        forwarded(&["for=100.64.0.7"]),
        from("127.0.0.1", &[]),
        from("100.64.0.7, 127.0.0.1", &[]),
        from("100.64.0.7, ::1", &[]),
        from("0.0.0.0", &[]),
        from("unknown", &[]),
        from("", &[]),
    ] {
        assert!(serve(&headers).is_err(), "{headers:?}");
        assert!(funnel(&headers).is_err(), "{headers:?}");
    }
    let elsewhere = classify_managed(ManagedRoute::Serve, ip("192.0.2.1"), &plain);
    assert_eq!(elsewhere.unwrap_err().peer, ip("192.0.2.1"));
    let named = serve(&plain).unwrap();
    assert!(!named.is_local());
    assert_eq!(named.client(), Some(ip("100.64.0.7")));
}

/// An address of either family, often one of ours, sometimes written in another way.
fn any_hop() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(bits.into())),
        any::<u128>().prop_map(|bits| IpAddr::V6(bits.into())),
        any::<u32>().prop_map(|bits| IpAddr::V6(Ipv4Addr::from(bits).to_ipv6_mapped())),
        Just(ip("::1")),
        Just(ip("127.0.0.1")),
        any::<u16>().prop_map(|low| ip(&format!("fd00::{low:x}"))),
    ]
}

/// The same in plain words: fold, walk from the right, pass over ours.
fn reference(hops: &[IpAddr]) -> Option<IpAddr> {
    hops.iter()
        .rev()
        .map(|addr| match addr {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(*addr, IpAddr::V4),
            IpAddr::V4(_) => *addr,
        })
        .find(|addr| match addr {
            IpAddr::V4(v4) => v4.octets()[0] != 127 && !(64..128).contains(&v4.octets()[0]),
            IpAddr::V6(v6) => *v6 != std::net::Ipv6Addr::LOCALHOST && v6.octets()[0] != 0xfd,
        })
        .filter(|addr| *addr != ip("0.0.0.0") && *addr != ip("::"))
}

/// As proxies write an address: bare or, where `style` says so, with a port.
fn written(addr: IpAddr, style: u8) -> String {
    match (addr, style % 4) {
        (_, 0) => addr.to_string(),
        (IpAddr::V4(_), 1) => format!("{addr}:8080"),
        (IpAddr::V4(_), _) => format!(" {addr}:_x "),
        (IpAddr::V6(_), 1) => format!("[{addr}]:8080"),
        (IpAddr::V6(_), 2) => format!("[{addr}]:_x"),
        (IpAddr::V6(_), _) => format!("[{addr}]"),
    }
}

proptest! {
    /// The answer equals a plain walk over parsed addresses, in either header, however the hops
    /// are spread over values.
    #[test]
    fn equals_a_reference_walk(
        hops in proptest::collection::vec((any_hop(), any::<u8>(), any::<bool>()), 1..12)
    ) {
        let rules = trusting(&["127.0.0.1/32", "64.0.0.0/2", "fd00::/8"]);
        let addrs: Vec<IpAddr> = hops.iter().map(|hop| hop.0).collect();
        let (mut older, mut standard) = (vec![String::new()], vec![String::new()]);
        for (number, (addr, style, breaks)) in hops.iter().enumerate() {
            if number > 0 && *breaks {
                older.push(String::new());
                standard.push(String::new());
            }
            let hop = written(*addr, *style);
            for (values, text) in [
                (&mut older, hop.clone()),
                (&mut standard, format!("proto=https;For=\"{}\"", hop.trim())),
            ] {
                let value = values.last_mut().unwrap();
                if !value.is_empty() {
                    value.push_str(", ");
                }
                value.push_str(&text);
            }
        }
        let older: Vec<&str> = older.iter().map(String::as_str).collect();
        let standard: Vec<&str> = standard.iter().map(String::as_str).collect();
        let expected = reference(&addrs);
        prop_assert_eq!(client(&xff(&older), &rules), expected);
        prop_assert_eq!(client(&forwarded(&standard), &rules), expected);
    }

    #[test]
    fn never_local_with_any_forwarding_header(chain in ".{0,60}", real in ".{0,20}", element in ".{0,60}") {
        let headers = ForwardingHeaders {
            x_forwarded_for: vec![&chain],
            x_real_ip: Some(&real),
            forwarded: vec![&element],
            funnel_request: vec![],
            any: true,
        };
        for rules in [ProxyRules::none(), trusting(&["127.0.0.0/8"])] {
            prop_assert!(!classify(LOOPBACK, &headers, &rules).is_ok_and(Ingress::is_local));
        }
        for route in [ManagedRoute::Serve, ManagedRoute::Funnel] {
            prop_assert!(!classify_managed(route, LOOPBACK, &headers).is_ok_and(Ingress::is_local));
        }
    }

    /// Whoever is named is one address in one spelling, and never this host.
    #[test]
    fn a_named_client_is_canonical_and_elsewhere(value in "[-a-f0-9:.,;=\"\\[\\]_ for%]{0,80}") {
        let rules = trusting(&["127.0.0.1/32"]);
        for headers in [xff(&[&value]), forwarded(&[&value])] {
            if let Some(client) = client(&headers, &rules) {
                prop_assert_eq!(client.to_canonical(), client);
                prop_assert!(!client.is_loopback() && !client.is_unspecified());
            }
        }
    }
}
