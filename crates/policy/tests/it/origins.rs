//! Browser origins: no page of a stranger gets in, whatever the client calls itself and whatever
//! name the request was sent to.

use openclaw_policy::origin::{OriginRules, check_origin};
use openclaw_policy::refusal::OriginRefused;
use openclaw_protocol::client::{ClientId, ClientMode};
use openclaw_protocol::connect::ClientInfo;
use proptest::prelude::*;
use serde_json::json;

fn client(id: &ClientId, mode: &ClientMode) -> ClientInfo {
    serde_json::from_value(json!({"id": id, "mode": mode, "version": "1", "platform": "x"}))
        .unwrap()
}

fn everybody() -> Vec<ClientInfo> {
    ClientId::KNOWN
        .iter()
        .flat_map(|id| ClientMode::KNOWN.iter().map(move |mode| client(id, mode)))
        .collect()
}

#[test]
fn a_foreign_page_is_refused_for_every_client_id_and_mode() {
    let rules = OriginRules::default();
    let everybody = everybody();
    assert!(everybody.len() >= 100, "{}", everybody.len());
    for client in &everybody {
        for (origin, host) in [
            ("https://evil.example", Some("127.0.0.1:18789")),
            ("https://evil.example", Some("evil.example")),
            ("http://evil.example:18789", Some("evil.example:18789")),
            ("https://evil.example", None),
            ("http://127.0.0.1:18789", None),
            ("http://203.0.113.9:18789", Some("203.0.113.9:18789")),
            (
                "http://127.0.0.1.evil.example",
                Some("127.0.0.1.evil.example"),
            ),
            ("http://localhost.evil.example", Some("127.0.0.1:18789")),
            ("http://evilocal", Some("evilocal")),
            ("http://xts.net", Some("xts.net")),
            ("http://0.0.0.0:18789", Some("0.0.0.0:18789")),
            ("null", Some("127.0.0.1:18789")),
            ("", Some("127.0.0.1:18789")),
            ("file://", Some("127.0.0.1:18789")),
            ("chrome-extension://abc", Some("127.0.0.1:18789")),
            ("http://127.0.0.1:18789/path", Some("127.0.0.1:18789")),
        ] {
            assert!(
                check_origin(client, Some(origin), host, &rules).is_err(),
                "{client:?} {origin} {host:?}"
            );
        }
    }
}

#[test]
fn the_gateways_own_page_is_let_in_for_every_client_id_and_mode() {
    let rules = OriginRules::default();
    for client in everybody() {
        for (origin, host) in [
            ("http://127.0.0.1:18789", "127.0.0.1:18789"),
            ("http://[::1]:18789", "localhost:18789"),
            ("http://localhost.", "LOCALHOST"),
            ("https://box.tail1.ts.net", "box.tail1.ts.net:443"),
            ("http://gateway.local:18789", "Gateway.local:18789"),
            ("http://[fd00::1]:18789", "[fd00::1]:18789"),
        ] {
            let got = check_origin(&client, Some(origin), Some(host), &rules);
            assert_eq!(got, Ok(()), "{client:?} {origin} {host}");
        }
    }
}

/// A browser always says where a page came from. Programs do not, and need not.
#[test]
fn pages_need_an_origin_and_programs_do_not() {
    for client in everybody() {
        let is_page = matches!(
            client.id,
            ClientId::ControlUi | ClientId::Webchat | ClientId::WebchatUi
        ) || client.mode == ClientMode::Webchat;
        for host in [Some("127.0.0.1:18789"), Some("evil.example"), None] {
            let got = check_origin(&client, None, host, &OriginRules::default());
            let expected = if is_page {
                Err(OriginRefused::MissingOrInvalid)
            } else {
                Ok(())
            };
            assert_eq!(got, expected, "{client:?}");
        }
    }
}

#[test]
fn the_list_is_matched_whole() {
    let rules = OriginRules {
        allowed: vec!["https://UI.example/".to_owned()],
    };
    let client = client(&ClientId::ControlUi, &ClientMode::Ui);
    let check = |origin| check_origin(&client, Some(origin), Some("gw.example"), &rules);
    assert_eq!(check("https://ui.example"), Ok(()));
    for origin in [
        "http://ui.example",
        "https://ui.example:8443",
        "https://ui.example.evil",
        "https://x.ui.example",
    ] {
        assert_eq!(check(origin), Err(OriginRefused::NotAllowed), "{origin}");
    }
    let all = OriginRules {
        allowed: vec!["*".to_owned()],
    };
    assert_eq!(
        check_origin(&client, Some("https://x.example"), None, &all),
        Ok(())
    );
}

fn host_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,5}(\\.(local|ts\\.net|example|localhost)){0,2}",
        Just("localhost".to_owned()),
        any::<u32>().prop_map(|bits| std::net::Ipv4Addr::from(bits).to_string()),
        any::<u128>().prop_map(|bits| format!("[{}]", std::net::Ipv6Addr::from(bits))),
        any::<u8>().prop_map(|low| format!("192.168.1.{low}")),
        any::<u8>().prop_map(|low| format!("127.0.0.{low}")),
    ]
}

/// A name that nobody can make point at this Gateway from outside: an address that is not routed
/// on the internet, or a name that public DNS does not answer for.
fn is_safe(name: &str) -> bool {
    let bare = name.trim_matches(['[', ']']);
    match bare
        .parse::<std::net::IpAddr>()
        .map(|addr| addr.to_canonical())
    {
        Ok(std::net::IpAddr::V4(v4)) => {
            let [a, b, ..] = v4.octets();
            matches!(
                (a, b),
                (10 | 127, _) | (172, 16..=31) | (192, 168) | (169, 254) | (100, 64..=127)
            )
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            let first = v6.segments()[0];
            v6 == std::net::Ipv6Addr::LOCALHOST
                || first & 0xfe00 == 0xfc00
                || first & 0xffc0 == 0xfe80
        }
        Err(_) => bare == "localhost" || bare.ends_with(".local") || bare.ends_with(".ts.net"),
    }
}

fn is_this_host(name: &str) -> bool {
    let bare = name.trim_matches(['[', ']']);
    bare == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|addr| addr.to_canonical().is_loopback())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Exactly the own page under a name that cannot be rebound, or a page of this host.
    #[test]
    fn only_names_that_cannot_be_rebound(
        origin in host_name(), other in host_name(), same in any::<bool>(), tls in any::<bool>(),
        origin_port in proptest::option::of(1_u16..4), host_port in proptest::option::of(1_u16..4),
        who in any::<prop::sample::Index>(),
    ) {
        let host = if same { origin.clone() } else { other };
        let scheme = if tls { "https" } else { "http" };
        let with = |name: &str, port: Option<u16>| match port {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        let everybody = everybody();
        let client = &everybody[who.index(everybody.len())];
        let got = check_origin(
            client,
            Some(&format!("{scheme}://{}", with(&origin, origin_port))),
            Some(&with(&host, host_port)),
            &OriginRules::default(),
        );
        let both_here = is_this_host(&origin) && is_this_host(&host);
        let own_page = origin == host && origin_port == host_port && is_safe(&host);
        prop_assert_eq!(got.is_ok(), both_here || own_page, "{} {}", origin, host);
    }

    /// Whatever stands in the two headers, it is judged and nothing breaks; the name that a
    /// stranger's page was sent to never makes it ours.
    #[test]
    fn any_text_is_judged(origin in ".{0,40}", host in ".{0,40}") {
        let client = client(&ClientId::Cli, &ClientMode::Cli);
        let rules = OriginRules::default();
        let _ = check_origin(&client, Some(&origin), Some(&host), &rules);
        let evil = check_origin(&client, Some("https://evil.example"), Some(&host), &rules);
        prop_assert!(evil.is_err());
    }
}
