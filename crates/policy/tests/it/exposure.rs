//! Every combination of settings against a list of what is allowed, written down by hand.

use openclaw_policy::exposure::space::{BindCase, Case, SecretCase};
use openclaw_policy::exposure::{Condition, Exposure, ExposureFacts, ExposureRefused, expose};
use openclaw_policy::{AuthMode, BindMode, TailscaleMode};

use AuthMode::{None as Open, Password, Token, TrustedProxy};
use SecretCase::{Absent, Strong, Weak};
use TailscaleMode::{Funnel, Off, Serve};

/// What is allowed. All else is refused.
struct Allowed {
    binds: &'static [&'static str],
    auth: &'static [AuthMode],
    secret: &'static [SecretCase],
    tailscale: &'static [TailscaleMode],
    /// Whether a trusted proxy must be named.
    proxies: bool,
    /// The conditions with TLS.
    conditions: &'static [&'static str],
    /// Whether there is one more without TLS: `plaintext`.
    plaintext: bool,
}

const LOCAL: &[&str] = &[
    "loopback",
    "auto",
    "custom 127.0.0.1",
    "custom 127.0.0.5",
    "custom ::1",
];
const OPEN_NETWORK: &[&str] = &["lan", "custom 192.168.1.4", "custom 0.0.0.0", "custom ::"];
const TAILNET: &[&str] = &["tailnet", "tailnet (IPv6 alone)", "custom 100.64.0.9"];
const NOWHERE: &[&str] = &[
    "tailnet (not on one)",
    "custom (no address)",
    "custom (a host name)",
    "custom (another host's)",
];
const ANY_SECRET: &[SecretCase] = &[Absent, Weak, Strong];

const fn allowed(
    binds: &'static [&'static str],
    auth: &'static [AuthMode],
    secret: &'static [SecretCase],
    tailscale: &'static [TailscaleMode],
    conditions: &'static [&'static str],
) -> Allowed {
    Allowed {
        binds,
        auth,
        secret,
        tailscale,
        proxies: false,
        conditions,
        plaintext: false,
    }
}

const fn behind_proxies(mut row: Allowed) -> Allowed {
    row.proxies = true;
    row
}

const fn in_the_open(mut row: Allowed) -> Allowed {
    row.plaintext = true;
    row
}

const SECRETS: &[AuthMode] = &[Token, Password];
const ALLOWED: &[Allowed] = &[
    // This host alone.
    allowed(LOCAL, &[Open], ANY_SECRET, &[Off], &["no_auth"]),
    allowed(LOCAL, SECRETS, &[Weak], &[Off], &["short_secret"]),
    allowed(LOCAL, SECRETS, &[Strong], &[Off], &[]),
    behind_proxies(allowed(LOCAL, &[TrustedProxy], ANY_SECRET, &[Off], &[])),
    // Through Tailscale.
    allowed(LOCAL, SECRETS, &[Strong], &[Serve], &["on_tailnet"]),
    allowed(LOCAL, &[Password], &[Strong], &[Funnel], &["on_internet"]),
    behind_proxies(allowed(
        LOCAL,
        &[TrustedProxy],
        ANY_SECRET,
        &[Serve],
        &["on_tailnet", "serve_beside_proxy"],
    )),
    // Other machines.
    allowed(TAILNET, SECRETS, &[Strong], &[Off], &["beyond_loopback"]),
    behind_proxies(allowed(
        TAILNET,
        &[TrustedProxy],
        ANY_SECRET,
        &[Off],
        &["beyond_loopback"],
    )),
    in_the_open(allowed(
        OPEN_NETWORK,
        SECRETS,
        &[Strong],
        &[Off],
        &["beyond_loopback"],
    )),
    in_the_open(behind_proxies(allowed(
        OPEN_NETWORK,
        &[TrustedProxy],
        ANY_SECRET,
        &[Off],
        &["beyond_loopback"],
    ))),
];

/// The addresses of a bind: what must be bound, and what is where it can.
const ADDRESSES: &[(&str, &[&str], &[&str])] = &[
    ("loopback", &["127.0.0.1"], &["::1"]),
    ("auto", &["127.0.0.1"], &["::1"]),
    ("lan", &["0.0.0.0"], &[]),
    ("tailnet", &["100.64.0.9", "127.0.0.1"], &["::1"]),
    (
        "tailnet (IPv6 alone)",
        &["fd7a:115c:a1e0::9", "127.0.0.1"],
        &["::1"],
    ),
    ("custom 127.0.0.1", &["127.0.0.1"], &["::1"]),
    ("custom 127.0.0.5", &["127.0.0.5", "127.0.0.1"], &["::1"]),
    ("custom ::1", &["::1", "127.0.0.1"], &[]),
    (
        "custom 192.168.1.4",
        &["192.168.1.4", "127.0.0.1"],
        &["::1"],
    ),
    ("custom 100.64.0.9", &["100.64.0.9", "127.0.0.1"], &["::1"]),
    ("custom 0.0.0.0", &["0.0.0.0"], &[]),
    ("custom ::", &["::", "127.0.0.1"], &[]),
];

fn shown(addresses: &[std::net::IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

#[test]
fn every_combination_is_on_the_list_or_refused() {
    let mut counted = (0, 0);
    for case in Case::all() {
        let rows: Vec<&Allowed> = ALLOWED
            .iter()
            .filter(|row| {
                row.binds.contains(&case.bind.label)
                    && row.auth.contains(&case.auth)
                    && row.secret.contains(&case.secret)
                    && row.tailscale.contains(&case.tailscale)
                    && (case.proxies || !row.proxies)
            })
            .collect();
        let decided = case.decide();
        match (rows.as_slice(), decided) {
            ([], Err(_)) => counted.1 += 1,
            ([row], Ok(Exposure { bind, conditions })) => {
                let mut expected = row.conditions.to_vec();
                if row.plaintext && !case.tls {
                    expected.push("plaintext");
                }
                let codes: Vec<&str> = conditions.iter().map(|c| c.code()).collect();
                assert_eq!(codes, expected, "{case:?}");
                let (_, required, optional) = ADDRESSES
                    .iter()
                    .find(|(label, ..)| *label == case.bind.label)
                    .unwrap();
                assert_eq!(shown(&bind.required), *required, "{case:?}");
                assert_eq!(shown(&bind.optional), *optional, "{case:?}");
                counted.0 += 1;
            }
            (rows, decided) => panic!("{case:?}: {} rows, {decided:?}", rows.len()),
        }
    }
    assert_eq!(counted, (358, 1946));
}

/// Each refusal says what is true of the combination.
#[test]
fn a_refusal_is_named_after_what_is_wrong() {
    let mut seen = std::collections::BTreeSet::new();
    for case in Case::all() {
        let Err(refused) = case.decide() else {
            continue;
        };
        seen.insert(refused.code());
        let is_local = LOCAL.contains(&case.bind.label);
        let is_nowhere = NOWHERE.contains(&case.bind.label);
        let is_secret = SECRETS.contains(&case.auth);
        let fits = match refused.code() {
            "custom_host_missing" => case.bind.label == "custom (no address)",
            "custom_host_invalid" => case.bind.label == "custom (a host name)",
            "custom_host_not_here" => case.bind.label == "custom (another host's)",
            "no_tailnet_address" => case.bind.label == "tailnet (not on one)",
            "tailscale_needs_loopback" => case.tailscale != Off && !is_local && !is_nowhere,
            "exposed_without_auth" => {
                !is_local
                    && case.tailscale == Off
                    && (case.auth == Open || (case.auth == Token && case.secret == Absent))
            }
            "tailscale_without_auth" => case.tailscale != Off && case.auth == Open && is_local,
            "funnel_needs_password" => case.tailscale == Funnel && case.auth != Password,
            "weak_secret" => {
                is_secret && case.secret == Weak && (!is_local || case.tailscale != Off)
            }
            "token_missing" => case.auth == Token && case.secret == Absent && is_local,
            "password_missing" => case.auth == Password && case.secret == Absent,
            "no_trusted_proxies" => case.auth == TrustedProxy && !case.proxies,
            other => panic!("{other} is a new code: say here what it means"),
        };
        assert!(fits, "{case:?}: {}", refused.code());
        assert!(
            !is_nowhere || refused.code().contains("host") || refused.code().contains("tailnet")
        );
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
fn the_space_is_whole() {
    let cases: Vec<String> = Case::all().map(|case| format!("{case:?}")).collect();
    let distinct: std::collections::BTreeSet<&String> = cases.iter().collect();
    assert_eq!(
        (cases.len(), distinct.len()),
        (16 * 4 * 3 * 3 * 2 * 2, cases.len())
    );
    for mode in BindMode::ALL {
        assert!(
            BindCase::ALL.iter().any(|case| case.mode == *mode),
            "{mode}"
        );
    }
    let labels: Vec<&str> = SecretCase::ALL.iter().map(|case| case.label()).collect();
    assert_eq!(labels, ["absent", "weak", "strong"]);
    let chars: Vec<Option<usize>> = SecretCase::ALL.iter().map(|case| case.chars()).collect();
    assert_eq!(chars, [None, Some(23), Some(24)]);
}

#[test]
fn nothing_that_other_machines_reach_is_without_a_guard() {
    for case in Case::all() {
        let Ok(exposure) = case.decide() else {
            continue;
        };
        let is_reached = exposure.bind.is_exposed() || case.tailscale != Off;
        let is_guarded = match case.auth {
            Open => false,
            Token | Password => case.secret == Strong,
            TrustedProxy => case.proxies,
        };
        assert!(!is_reached || is_guarded, "{case:?}");
        assert!(
            !(case.tailscale != Off && exposure.bind.is_exposed()),
            "{case:?}"
        );
    }
}

#[test]
fn no_bind_is_wider_than_asked() {
    for case in Case::all() {
        let Ok(Exposure { bind, .. }) = case.decide() else {
            continue;
        };
        for addr in bind.addresses() {
            let is_asked = match case.bind.mode {
                BindMode::Loopback | BindMode::Auto => false,
                BindMode::Lan => addr.to_string() == "0.0.0.0",
                BindMode::Tailnet => case.bind.interfaces.contains(&addr),
                BindMode::Custom => Some(addr.to_string().as_str()) == case.bind.custom_host,
            };
            assert!(addr.is_loopback() || is_asked, "{case:?}: {addr}");
        }
    }
}

/// A secret for callers elsewhere changes nothing but the words.
#[test]
fn a_remote_secret_never_enables_anything() {
    for case in Case::all() {
        let with_remote = expose(&ExposureFacts {
            has_remote_secret: true,
            ..case.facts()
        });
        match (case.decide(), with_remote) {
            (Ok(without), Ok(with)) => assert_eq!(without, with, "{case:?}"),
            (Err(without), Err(with)) => assert_eq!(without.code(), with.code(), "{case:?}"),
            differ => panic!("{case:?}: {differ:?}"),
        }
    }
    let told = expose(&ExposureFacts {
        bind: BindMode::Lan,
        custom_host: None,
        interfaces: &[],
        auth: Token,
        secret_chars: None,
        tailscale: Off,
        has_trusted_proxies: false,
        has_tls: false,
        has_remote_secret: true,
    });
    assert!(
        told.unwrap_err()
            .to_string()
            .contains("it does not enable local gateway auth")
    );
}

/// Applies a remedy the way a person would.
fn apply<'a>(facts: &ExposureFacts<'a>, key: &str, value: &str) -> ExposureFacts<'a> {
    let mut facts = facts.clone();
    match key {
        "gateway.bind" => facts.bind = value.parse().unwrap(),
        "gateway.customBindHost" => facts.custom_host = Some("127.0.0.1"),
        "gateway.auth.mode" => {
            facts.auth = value.parse().unwrap();
            facts.secret_chars = None;
        }
        "gateway.auth.token" if facts.auth == Token => facts.secret_chars = Some(24),
        "gateway.auth.password" if facts.auth == Password => facts.secret_chars = Some(24),
        "gateway.tailscale.mode" => facts.tailscale = value.parse().unwrap(),
        "gateway.trustedProxies" => facts.has_trusted_proxies = true,
        other => panic!("{other}={value} has no effect here"),
    }
    facts
}

#[test]
fn every_remedy_mends_its_refusal_and_the_first_ones_lead_to_a_start() {
    for case in Case::all() {
        let Err(refused) = case.decide() else {
            continue;
        };
        assert!(!refused.remedy().is_empty(), "{case:?}");
        for remedy in refused.remedy() {
            let mended = remedy
                .0
                .iter()
                .fold(case.facts(), |facts, set| apply(&facts, set.key, set.value));
            if let Err(again) = expose(&mended) {
                assert_ne!(again.code(), refused.code(), "{case:?}: {remedy}");
            }
        }
        let mut facts = case.facts();
        let steps = (0..6).find(|_| match expose(&facts) {
            Ok(_) => true,
            Err(refused) => {
                for set in refused.remedy()[0].0 {
                    facts = apply(&facts, set.key, set.value);
                }
                false
            }
        });
        assert!(
            steps.is_some(),
            "{case:?}: still refused after six remedies"
        );
    }
}

#[test]
fn refusals_say_what_they_refuse() {
    let lan = BindCase::ALL
        .iter()
        .find(|case| case.label == "lan")
        .unwrap();
    let told = |auth, secret, tailscale, bind| {
        let case = Case {
            bind,
            auth,
            secret,
            tailscale,
            proxies: false,
            tls: false,
        };
        case.decide().unwrap_err().to_string()
    };
    let loopback = &BindCase::ALL[0];
    for (text, expected) in [
        (
            told(Open, Absent, Off, lan),
            "Refusing to bind gateway to lan without auth.",
        ),
        (
            told(Token, Weak, Off, lan),
            "Refusing to bind gateway to lan: the token has 23 characters, and a bind beyond loopback needs at least 24.",
        ),
        (
            told(Password, Weak, Funnel, loopback),
            "Refusing to expose gateway through Tailscale funnel: the password has 23 characters",
        ),
        (
            told(Open, Absent, Serve, loopback),
            "gateway.auth.mode=none cannot be used with gateway.tailscale.mode=serve;",
        ),
        (
            told(Token, Strong, Serve, lan),
            "tailscale serve/funnel requires gateway bind=loopback (127.0.0.1)",
        ),
        (
            told(Token, Strong, Funnel, loopback),
            "tailscale funnel requires gateway auth mode=password (set gateway.auth.password or OPENCLAW_GATEWAY_PASSWORD)",
        ),
        (
            told(TrustedProxy, Absent, Off, lan),
            "gateway auth mode=trusted-proxy requires gateway.trustedProxies to be configured",
        ),
    ] {
        assert!(text.starts_with(expected), "{text}");
    }
    assert_eq!(
        ExposureRefused::FunnelNeedsPassword.remedy()[0].to_string(),
        "gateway.auth.mode=password and gateway.auth.password=<24 or more characters>"
    );
}

#[test]
fn conditions_have_one_name_and_one_sentence_each() {
    for (of, what) in [
        (
            Condition::ALL
                .iter()
                .map(|c| c.code().to_owned())
                .collect::<Vec<_>>(),
            "names",
        ),
        (
            Condition::ALL.iter().map(ToString::to_string).collect(),
            "sentences",
        ),
    ] {
        let distinct: std::collections::BTreeSet<_> = of.iter().collect();
        assert_eq!(distinct.len(), 7, "{what}");
        assert!(
            of.iter()
                .all(|text| !text.is_empty() && !text.contains("  "))
        );
    }
}
