use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<GatewayUrl, UrlError> {
    text.parse()
}

#[test]
fn reads_hosts_ports_and_paths() {
    for (text, shown, port, origin) in [
        (
            "ws://127.0.0.1:18789",
            "ws://127.0.0.1:18789",
            18789,
            "ws://127.0.0.1:18789",
        ),
        (
            " WSS://Gate.Example. ",
            "wss://gate.example",
            443,
            "wss://gate.example:443",
        ),
        (
            "http://127.0.0.1:1/",
            "http://127.0.0.1:1/",
            1,
            "ws://127.0.0.1:1",
        ),
        ("https://a.b/gw/x", "https://a.b/gw/x", 443, "wss://a.b:443"),
        ("ws://[::1]:9", "ws://[::1]:9", 9, "ws://[::1]:9"),
        (
            "ws://[fe80::1%25eth0]:9",
            "ws://[fe80::1%25eth0]:9",
            9,
            "ws://[fe80::1]:9",
        ),
        (
            "ws://[fe80::1%eth0]:9",
            "ws://[fe80::1%25eth0]:9",
            9,
            "ws://[fe80::1]:9",
        ),
        ("ws://host?token=secret", "ws://host?…", 80, "ws://host:80"),
        (
            "ws://127.0.0.1.:5",
            "ws://127.0.0.1:5",
            5,
            "ws://127.0.0.1:5",
        ),
        ("ws://host:/x", "ws://host/x", 80, "ws://host:80"),
    ] {
        let url = parse(text).expect(text);
        assert_eq!(url.to_string(), shown);
        assert_eq!(url.port(), port, "{text}");
        assert_eq!(url.origin().as_str(), origin);
    }
}

#[test]
fn long_path_segments_and_queries_are_not_shown() {
    let secret = "k".repeat(43);
    let url = parse(&format!("wss://h/__openclaw__/cap/{secret}?a={secret}")).unwrap();
    assert_eq!(url.to_string(), "wss://h/__openclaw__/cap/…?…");
    assert!(!format!("{url:?}").contains("kkk"));
    assert_eq!(
        url.request_target(),
        format!("/__openclaw__/cap/{secret}?a={secret}")
    );
}

#[test]
fn refusals_do_not_repeat_the_text() {
    for (text, error) in [
        ("127.0.0.1:18789", UrlError::Scheme),
        ("ftp://h", UrlError::Scheme),
        ("", UrlError::Scheme),
        ("ws://user:hunter2@h", UrlError::Credentials),
        ("ws://hunter2@h", UrlError::Credentials),
        ("ws://", UrlError::Host),
        ("ws://:1", UrlError::Host),
        ("ws://[::1", UrlError::Host),
        ("ws://::1", UrlError::Port),
        ("ws://[::1]x", UrlError::Host),
        ("ws://x[::1]", UrlError::Host),
        ("ws://[127.0.0.1]", UrlError::Host),
        ("ws://a..b", UrlError::Host),
        ("ws://a%2eb", UrlError::Host),
        ("ws://h:0", UrlError::Port),
        ("ws://h:65536", UrlError::Port),
        ("ws://h:+1", UrlError::Port),
        ("ws://h:1x", UrlError::Port),
        ("ws://h/#hunter2", UrlError::Fragment),
        ("ws://h/a b", UrlError::Characters),
        ("ws://h\\@evil", UrlError::Characters),
        ("ws://h\r\nX: y", UrlError::Characters),
        ("ws://bücher.example", UrlError::Characters),
        ("ws://[::1%25lo]", UrlError::Zone),
        ("ws://[fe80::1%25]", UrlError::Zone),
        ("ws://[fe80::1%a;b]", UrlError::Zone),
    ] {
        assert_eq!(parse(text), Err(error), "{text}");
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn ambiguous_addresses_are_refused() {
    for host in [
        "0177.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0x7f000001",
        "127.0.0.1.1",
        "1.2.3.256",
        "127.0.0.08",
        "0X7F.1",
        "a.0x",
        "1.",
        "gate.123",
    ] {
        assert_eq!(
            parse(&format!("ws://{host}:1")),
            Err(UrlError::AmbiguousAddress),
            "{host}"
        );
    }
    assert!(
        parse("ws://123.gate").is_ok(),
        "a number is fine in front of a name"
    );
}

proptest! {
    #[test]
    fn never_panics_and_never_shows_a_query(text in "\\PC{0,60}", query in "[a-z]{12}") {
        let _ = parse(&text);
        if let Ok(url) = parse(&format!("ws://h/{text}?{query}")) {
            prop_assert!(!url.to_string().contains(&query) || text.contains(&query));
        }
    }

    #[test]
    fn what_is_shown_reads_back(
        host in prop_oneof![
            any::<u32>().prop_map(|bits| Ipv4Addr::from_bits(bits).to_string()),
            any::<u128>().prop_map(|bits| format!("[{}]", Ipv6Addr::from_bits(bits))),
            "[a-z]{1,9}(\\.[a-z]{2,9}){0,2}",
        ],
        port in prop::option::of(1_u16..),
        secure in any::<bool>(),
        path in "(/[a-z]{0,8}){0,3}",
    ) {
        let scheme = if secure { "wss" } else { "ws" };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let text = format!("{scheme}://{host}{port}{path}");
        let url = parse(&text).unwrap();
        prop_assert_eq!(url.to_string(), text);
        prop_assert_eq!(url.to_string().parse(), Ok(url.clone()));
        prop_assert_eq!(url.origin().as_str().parse::<GatewayUrl>().unwrap().origin(), url.origin());
    }

    #[test]
    fn an_address_written_as_a_host_has_its_class(bits in any::<u32>()) {
        let address = Ipv4Addr::from_bits(bits);
        let url = parse(&format!("ws://{address}")).unwrap();
        prop_assert_eq!(url.host_class(), HostClass::of_address(address.into()));
    }
}
