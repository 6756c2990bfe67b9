//! When the word of Tailscale counts.

use std::collections::BTreeMap;
use std::net::IpAddr;

use openclaw_protocol::connect::ConnectAuth;
use proptest::prelude::*;

use super::{TailscaleFailure, allowed_by_default, identify, offers_credential, question};
use crate::ingress::{Ingress, ManagedRoute};
use crate::modes::{AuthMode, TailscaleMode};
use crate::trusted_proxy::IdentityHeaders;

#[derive(Clone)]
struct Headers(BTreeMap<&'static str, String>);

impl IdentityHeaders for Headers {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl Headers {
    fn serve() -> Self {
        Self(
            [
                ("tailscale-user-login", " Ann@Example.com "),
                ("x-forwarded-for", "100.64.0.7"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "box.tail1.ts.net"),
            ]
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
        )
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.insert(name, value.to_owned());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn serve() -> Ingress {
    Ingress::Tailscale {
        route: ManagedRoute::Serve,
        client: ip("100.64.0.7"),
    }
}

fn funnel() -> Ingress {
    Ingress::Tailscale {
        route: ManagedRoute::Funnel,
        client: ip("203.0.113.7"),
    }
}

/// What becomes of a connection if Tailscale answers so.
fn asked(
    ingress: Ingress,
    headers: &Headers,
    login: Option<&str>,
) -> Result<String, TailscaleFailure> {
    let question = question(ingress, headers)?;
    assert_eq!(Some(question.client()), ingress.client());
    let answer = question.answered(login.map(str::to_owned));
    identify(ingress, headers, Some(&answer)).map(|identity| identity.login().to_owned())
}

#[test]
fn the_header_and_tailscale_must_name_the_same_user() {
    use TailscaleFailure::{UserMismatch, WhoisFailed};
    for (login, expected) in [
        (Some("ann@example.com"), Ok("ann@example.com")),
        (Some(" ANN@example.COM\n"), Ok("ANN@example.COM")),
        (Some("ann@example.com.evil.example"), Err(UserMismatch)),
        (Some("bob@example.com"), Err(UserMismatch)),
        (Some("tagged-devices"), Err(UserMismatch)),
        (Some("  "), Err(WhoisFailed)),
        (None, Err(WhoisFailed)),
    ] {
        assert_eq!(
            asked(serve(), &Headers::serve(), login),
            expected.map(str::to_owned),
            "{login:?}"
        );
    }
    assert_eq!(identify(serve(), &Headers::serve(), None), Err(WhoisFailed));
}

#[test]
fn an_answer_about_another_address_is_none() {
    let other = Ingress::Tailscale {
        route: ManagedRoute::Serve,
        client: ip("100.64.0.8"),
    };
    let answer = question(other, &Headers::serve())
        .unwrap()
        .answered(Some("ann@example.com".to_owned()));
    assert!(identify(other, &Headers::serve(), Some(&answer)).is_ok());
    assert_eq!(
        identify(serve(), &Headers::serve(), Some(&answer)),
        Err(TailscaleFailure::WhoisFailed)
    );
}

#[test]
fn nobody_is_asked_about_where_nothing_could_come_of_it() {
    use TailscaleFailure::{ProxyMissing, UserMissing};
    let whole = Headers::serve();
    for (ingress, headers, expected) in [
        (
            serve(),
            whole.clone().without("tailscale-user-login"),
            UserMissing,
        ),
        (
            serve(),
            whole.clone().with("tailscale-user-login", " "),
            UserMissing,
        ),
        (
            serve(),
            whole.clone().with("tailscale-user-login", "Tagged-Devices"),
            UserMissing,
        ),
        (
            serve(),
            whole.clone().without("x-forwarded-for"),
            ProxyMissing,
        ),
        (
            serve(),
            whole.clone().without("x-forwarded-proto"),
            ProxyMissing,
        ),
        (
            serve(),
            whole.clone().with("x-forwarded-host", ""),
            ProxyMissing,
        ),
        (funnel(), whole.clone(), ProxyMissing),
        (Ingress::DirectLocal, whole.clone(), ProxyMissing),
        (
            Ingress::DirectRemote(ip("100.64.0.7")),
            whole.clone(),
            ProxyMissing,
        ),
        (
            Ingress::TrustedProxy {
                proxy: ip("127.0.0.1"),
                client: ip("100.64.0.7"),
            },
            whole,
            ProxyMissing,
        ),
    ] {
        assert_eq!(question(ingress, &headers), Err(expected), "{ingress:?}");
        assert_eq!(
            identify(ingress, &headers, None),
            Err(expected),
            "{ingress:?}"
        );
    }
}

#[test]
fn reasons_are_the_words_of_both_releases() {
    for (failure, reason) in [
        (TailscaleFailure::UserMissing, "tailscale_user_missing"),
        (TailscaleFailure::ProxyMissing, "tailscale_proxy_missing"),
        (TailscaleFailure::WhoisFailed, "tailscale_whois_failed"),
        (TailscaleFailure::UserMismatch, "tailscale_user_mismatch"),
    ] {
        assert_eq!(failure.reason(), reason);
        assert!(!failure.to_string().is_empty());
    }
}

#[test]
fn users_of_the_tailnet_are_believed_by_default_beside_serve_and_a_token() {
    for auth in AuthMode::ALL {
        for tailscale in TailscaleMode::ALL {
            let expected = *tailscale == TailscaleMode::Serve
                && matches!(auth, AuthMode::Token | AuthMode::None);
            assert_eq!(
                allowed_by_default(*auth, *tailscale),
                expected,
                "{auth} {tailscale}"
            );
        }
    }
}

#[test]
fn any_credential_counts_as_offered_but_an_empty_one() {
    assert!(!offers_credential(None));
    assert!(!offers_credential(Some(&ConnectAuth::default())));
    let some = |text: &str| Some(text.to_owned());
    for (offered, text) in [(true, "x"), (false, ""), (false, "  ")] {
        for auth in [
            ConnectAuth {
                token: some(text),
                ..ConnectAuth::default()
            },
            ConnectAuth {
                password: some(text),
                ..ConnectAuth::default()
            },
            ConnectAuth {
                device_token: some(text),
                ..ConnectAuth::default()
            },
            ConnectAuth {
                bootstrap_token: some(text),
                ..ConnectAuth::default()
            },
        ] {
            assert_eq!(offers_credential(Some(&auth)), offered, "{auth:?} {text:?}");
        }
    }
}

proptest! {
    /// An identity is exactly: the same login, case and space aside.
    #[test]
    fn an_identity_needs_the_same_login(header in "[ a-cA-C@.]{0,6}", whois in "[ a-cA-C@.]{0,6}") {
        let headers = Headers::serve().with("tailscale-user-login", &header);
        let got = asked(serve(), &headers, Some(&whois)).is_ok();
        let same = header.trim().to_lowercase() == whois.trim().to_lowercase();
        prop_assert_eq!(got, same && !header.trim().is_empty());
    }
}
