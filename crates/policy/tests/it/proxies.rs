//! The word of a trusted proxy, and secrets beside it.

use std::collections::BTreeMap;

use openclaw_policy::auth::SharedAuth;
use openclaw_policy::refusal::AuthFailure as F;
use openclaw_policy::secret::SecretDigest;
use openclaw_policy::trusted_proxy::{IdentityHeaders, NoHeaders, TrustedProxyAuth};
use openclaw_policy::{AuthGate, AuthMethod, AuthMode, Ingress};
use openclaw_protocol::Generation::{V3, V4};
use openclaw_protocol::connect::ConnectAuth;

struct Headers(BTreeMap<&'static str, &'static str>);

impl IdentityHeaders for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).copied()
    }
}

fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
    Headers(pairs.iter().copied().collect())
}

fn through(proxy: &str) -> Ingress {
    Ingress::TrustedProxy {
        proxy: proxy.parse().unwrap(),
        client: "203.0.113.7".parse().unwrap(),
    }
}

fn rules() -> TrustedProxyAuth {
    TrustedProxyAuth {
        user_header: "x-user".to_owned(),
        required_headers: vec!["x-proof".to_owned()],
        allow_users: vec![],
        allow_loopback: false,
        has_proxies: true,
        own_addresses: Vec::new(),
    }
}

const GOOD: &[(&str, &str)] = &[("x-user", " ann "), ("x-proof", "1")];

#[test]
fn a_user_is_who_the_proxy_names() {
    let identity = rules()
        .identify(through("10.0.0.1"), &headers(GOOD))
        .unwrap();
    assert_eq!((identity.user.as_str(), identity.scope_cap), ("ann", None));
    let listed = TrustedProxyAuth {
        allow_users: vec!["bob".to_owned(), "ann".to_owned()],
        ..rules()
    };
    assert!(listed.identify(through("10.0.0.1"), &headers(GOOD)).is_ok());
    for (list, expected) in [
        (
            "operator.read, operator.write,,",
            vec!["operator.read", "operator.write"],
        ),
        ("", vec![]),
        (" ", vec![]),
    ] {
        let mut given = headers(GOOD);
        given.0.insert("x-openclaw-scopes", list);
        let identity = rules().identify(through("10.0.0.1"), &given).unwrap();
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(identity.scope_cap, Some(expected), "{list:?}");
    }
}

#[test]
fn every_check_refuses_by_its_name() {
    let good = || headers(GOOD);
    let proxy = through("10.0.0.1");
    for (rules, ingress, headers, expected) in [
        (
            TrustedProxyAuth {
                user_header: String::new(),
                ..rules()
            },
            proxy,
            good(),
            F::TrustedProxyConfigMissing,
        ),
        (
            TrustedProxyAuth {
                has_proxies: false,
                ..rules()
            },
            proxy,
            good(),
            F::TrustedProxyNoProxies,
        ),
        (
            rules(),
            proxy,
            headers(&[("x-user", "ann")]),
            F::TrustedProxyMissingHeader("x-proof".to_owned()),
        ),
        (
            rules(),
            proxy,
            headers(&[("x-user", "ann"), ("x-proof", " ")]),
            F::TrustedProxyMissingHeader("x-proof".to_owned()),
        ),
        (
            rules(),
            proxy,
            headers(&[("x-proof", "1")]),
            F::TrustedProxyUserMissing,
        ),
        (
            rules(),
            proxy,
            headers(&[("x-proof", "1"), ("x-user", "  ")]),
            F::TrustedProxyUserMissing,
        ),
        (
            TrustedProxyAuth {
                allow_users: vec!["Ann".to_owned()],
                ..rules()
            },
            proxy,
            good(),
            F::TrustedProxyUserNotAllowed,
        ),
        (
            rules(),
            Ingress::DirectLocal,
            good(),
            F::TrustedProxyUntrustedSource,
        ),
        (
            rules(),
            Ingress::DirectRemote("10.0.0.1".parse().unwrap()),
            good(),
            F::TrustedProxyUntrustedSource,
        ),
        (
            rules(),
            through("127.0.0.1"),
            good(),
            F::TrustedProxyLoopbackSource,
        ),
        (
            rules(),
            through("::1"),
            good(),
            F::TrustedProxyLoopbackSource,
        ),
    ] {
        assert_eq!(rules.identify(ingress, &headers), Err(expected));
    }
    let beside = TrustedProxyAuth {
        own_addresses: vec!["::ffff:10.0.0.2".parse().unwrap()],
        ..rules()
    };
    assert_eq!(
        beside.identify(through("10.0.0.2"), &good()),
        Err(F::TrustedProxyLocalInterface)
    );
    assert!(beside.identify(through("10.0.0.1"), &good()).is_ok());
    let allowed = TrustedProxyAuth {
        allow_loopback: true,
        ..beside
    };
    assert!(allowed.identify(through("10.0.0.2"), &good()).is_ok());
    let local = TrustedProxyAuth {
        allow_loopback: true,
        ..rules()
    };
    assert!(local.identify(through("127.0.0.1"), &good()).is_ok());
}

fn offering(password: &str) -> ConnectAuth {
    ConnectAuth {
        password: Some(password.to_owned()),
        ..ConnectAuth::default()
    }
}

#[test]
fn a_password_beside_a_proxy_serves_this_host_alone() {
    let gate = AuthGate {
        mode: AuthMode::TrustedProxy,
        password: Some(SecretDigest::of("pw1")),
        trusted_proxy: Some(rules()),
        ..AuthGate::open()
    };
    for (ingress, offered, expected) in [
        (
            Ingress::DirectLocal,
            "pw1",
            SharedAuth::Accepted(AuthMethod::Password),
        ),
        (
            Ingress::DirectLocal,
            "bad",
            SharedAuth::Rejected(F::PasswordMismatch),
        ),
        (
            through("10.0.0.1"),
            "pw1",
            SharedAuth::Rejected(F::TrustedProxyMissingHeader("x-proof".to_owned())),
        ),
        (
            Ingress::DirectRemote("192.0.2.1".parse().unwrap()),
            "pw1",
            SharedAuth::Rejected(F::TrustedProxyMissingHeader("x-proof".to_owned())),
        ),
    ] {
        for dialect in [V3, V4] {
            let auth = offering(offered);
            let got = gate.evaluate(Some(&auth), ingress, &NoHeaders, None, dialect);
            assert_eq!(got, expected, "{ingress:?} {offered}");
        }
    }
    let got = gate.evaluate(None, through("10.0.0.1"), &headers(GOOD), None, V4);
    assert!(matches!(got, SharedAuth::Proxy(identity) if identity.user == "ann"));
}

#[test]
fn a_gate_without_what_its_mode_needs_lets_nobody_in() {
    for (mode, expected) in [
        (AuthMode::Token, F::TokenNotConfigured),
        (AuthMode::Password, F::PasswordNotConfigured),
        (AuthMode::TrustedProxy, F::TrustedProxyConfigMissing),
    ] {
        let gate = AuthGate {
            mode,
            ..AuthGate::open()
        };
        for dialect in [V3, V4] {
            let got = gate.evaluate(
                Some(&offering("x")),
                Ingress::DirectLocal,
                &NoHeaders,
                None,
                dialect,
            );
            assert_eq!(got, SharedAuth::Rejected(expected.clone()));
        }
    }
}

#[test]
fn methods_are_the_words_of_the_wire() {
    let words = [
        (AuthMethod::None, "none", true),
        (AuthMethod::Token, "token", true),
        (AuthMethod::Password, "password", true),
        (AuthMethod::DeviceToken, "device-token", false),
        (AuthMethod::BootstrapToken, "bootstrap-token", false),
        (AuthMethod::TrustedProxy, "trusted-proxy", false),
        (AuthMethod::Tailscale, "tailscale", false),
    ];
    for (method, word, is_shared) in words {
        assert_eq!(method.as_str(), word);
        assert_eq!(method.is_shared_secret(), is_shared, "{word}");
    }
}

#[test]
fn secrets_are_compared_and_shown_as_digests() {
    assert_eq!(SecretDigest::of("a"), SecretDigest::of("a"));
    assert_ne!(SecretDigest::of("a"), SecretDigest::of("b"));
    let gate = AuthGate::token("a long and secret token");
    assert!(!format!("{gate:?}").contains("long and secret"));
}
