//! Bind, authentication, exposure, the control page, proxies, the running Gateway.

use super::super::Severity::{Critical, Info, Warn};
use super::super::facts::{AuditFacts, ControlUiFacts, ProbeFacts, ProxyAuthFacts, SecretFacts};
use super::sample::{change, exposed, found, only, probed, proxied, sound};
use crate::modes::{AuthMode, TailscaleMode};
use crate::rate::RateRules;
use ipnet::IpNet;
use openclaw_protocol::{Scope, ScopeSet};

#[test]
fn authentication() {
    let no_secret = |mut facts: AuditFacts, auth| {
        facts.gateway.auth = auth;
        facts.gateway.secret = None;
        facts
    };
    only(
        &no_secret(exposed(), AuthMode::Token),
        "gateway.bind_no_auth",
        Critical,
    );
    only(
        &no_secret(exposed(), AuthMode::Password),
        "gateway.bind_no_auth",
        Critical,
    );
    only(
        &no_secret(exposed(), AuthMode::None),
        "gateway.bind_no_auth",
        Critical,
    );
    only(
        &no_secret(sound(), AuthMode::None),
        "gateway.loopback_no_auth",
        Critical,
    );
    only(
        &no_secret(sound(), AuthMode::Token),
        "gateway.token_not_configured",
        Info,
    );
    let page_off = change(no_secret(sound(), AuthMode::None), |facts| {
        facts.gateway.control_ui.enabled = false;
    });
    assert_eq!(found(&page_off), []);
    let refused = change(sound(), |facts| {
        facts.gateway.start_refusal = Some("no".to_owned());
    });
    only(&refused, "gateway.start_refused", Warn);
}

#[test]
fn secrets_are_weighed_by_length_and_word() {
    for (auth, secret, expected) in [
        (
            AuthMode::Token,
            "x".repeat(23),
            Some(("gateway.token_too_short", Warn)),
        ),
        (AuthMode::Token, "x".repeat(24), None),
        (
            AuthMode::Password,
            "short".to_owned(),
            Some(("gateway.token_too_short", Warn)),
        ),
        (
            AuthMode::Token,
            "undefined".to_owned(),
            Some(("gateway.token_placeholder_value", Critical)),
        ),
        (
            AuthMode::Token,
            " NULL ".to_owned(),
            Some(("gateway.token_placeholder_value", Critical)),
        ),
        (
            AuthMode::Password,
            "changeme".to_owned(),
            Some(("gateway.password_placeholder_value", Critical)),
        ),
    ] {
        let facts = change(sound(), |facts| {
            facts.gateway.auth = auth;
            facts.gateway.secret = Some(SecretFacts::of(&secret, "somewhere"));
        });
        let expected: Vec<_> = expected
            .map(|(id, at)| (id.to_owned(), at))
            .into_iter()
            .collect();
        assert_eq!(found(&facts), expected, "{secret}");
    }
    let unknown = change(sound(), |facts| {
        facts.gateway.secret = Some(SecretFacts::unknown("a command"));
    });
    assert_eq!(found(&unknown), []);
    let conflict = change(sound(), |facts| {
        facts.gateway.conflicting_variables = vec!["OPENCLAW_GATEWAY_TOKEN"];
    });
    only(&conflict, "gateway.env_token_overrides_config", Warn);
}

#[test]
fn guessing() {
    let rate = |facts, rate| change(facts, |facts: &mut AuditFacts| facts.gateway.rate = rate);
    let rules = RateRules::default();
    for lax in [
        RateRules {
            lockout_ms: 0,
            ..rules
        },
        RateRules {
            max_attempts: 100_000,
            ..rules
        },
        RateRules {
            window_ms: 1,
            ..rules
        },
    ] {
        only(&rate(exposed(), lax), "gateway.auth_no_rate_limit", Warn);
        assert_eq!(
            found(&rate(sound(), lax)),
            [],
            "loopback is slowed in any case"
        );
    }
}

#[test]
fn exposure() {
    let funnel = change(sound(), |facts| {
        facts.gateway.tailscale = TailscaleMode::Funnel
    });
    only(&funnel, "gateway.tailscale_funnel", Critical);
    let serve = change(sound(), |facts| {
        facts.gateway.tailscale = TailscaleMode::Serve
    });
    only(&serve, "gateway.tailscale_serve", Info);
    let open = |address: &str| {
        change(exposed(), |facts| {
            facts.gateway.has_tls = false;
            facts.gateway.open_addresses = vec![address.parse().unwrap()];
        })
    };
    only(&open("192.168.1.5"), "gateway.plaintext_exposed", Warn);
    only(&open("203.0.113.9"), "gateway.plaintext_exposed", Critical);
    assert_eq!(found(&open("100.64.0.9")), [], "the tailnet encrypts");
    for (facts, severity) in [(sound(), Warn), (exposed(), Critical)] {
        let mdns = change(facts.clone(), |facts| facts.gateway.mdns_full = true);
        only(&mdns, "discovery.mdns_full_mode", severity);
        let tools = change(facts.clone(), |facts| {
            facts.gateway.http_tools = vec!["web_search".to_owned(), "sessions_spawn".to_owned()];
        });
        only(
            &tools,
            "gateway.tools_invoke_http.dangerous_allow",
            severity,
        );
        let commands = change(facts.clone(), |facts| {
            facts.gateway.node_commands = vec!["camera.snap".to_owned(), "x.harmless".to_owned()];
        });
        only(
            &commands,
            "gateway.nodes.allow_commands_dangerous",
            severity,
        );
        let real_ip = change(facts, |facts| facts.gateway.real_ip_fallback = true);
        only(&real_ip, "gateway.real_ip_fallback_enabled", severity);
    }
    let harmless = change(sound(), |facts| {
        facts.gateway.http_tools = vec!["web_search".to_owned()];
        facts.gateway.node_commands = vec!["x.harmless".to_owned()];
    });
    assert_eq!(found(&harmless), []);
}

#[test]
fn networks_that_are_trusted() {
    let nets = |text: &str| -> Vec<IpNet> { vec![text.parse().unwrap()] };
    for (text, expected) in [
        ("10.0.0.0/8", Some(Warn)),
        ("192.168.1.0/24", None),
        ("10.0.0.0/16", None),
        ("0.0.0.0/0", Some(Critical)),
        ("203.0.113.0/24", Some(Critical)),
        ("fd00::/8", Some(Warn)),
        ("::/0", Some(Critical)),
    ] {
        let facts = change(sound(), |facts| facts.gateway.auto_approve = nets(text));
        let expected: Vec<_> = expected
            .map(|at| ("gateway.nodes.auto_approve_wide".to_owned(), at))
            .into_iter()
            .collect();
        assert_eq!(found(&facts), expected, "{text}");
    }
    for (text, expected) in [
        ("10.0.0.1/32", None),
        ("10.0.0.0/24", None),
        ("10.0.0.0/16", Some(Warn)),
        ("0.0.0.0/0", Some(Critical)),
        ("::/0", Some(Critical)),
    ] {
        let facts = change(sound(), |facts| facts.gateway.trusted_proxies = nets(text));
        let expected: Vec<_> = expected
            .map(|at| ("gateway.trusted_proxies_wide".to_owned(), at))
            .into_iter()
            .collect();
        assert_eq!(found(&facts), expected, "{text}");
    }
}

#[test]
fn the_control_page() {
    let page = |facts, edit: fn(&mut ControlUiFacts)| {
        change(facts, |facts: &mut AuditFacts| {
            edit(&mut facts.gateway.control_ui)
        })
    };
    only(
        &page(sound(), |page| page.insecure_auth = true),
        "gateway.control_ui.insecure_auth",
        Critical,
    );
    only(
        &page(sound(), |page| page.no_device_auth = true),
        "gateway.control_ui.device_auth_disabled",
        Critical,
    );
    only(
        &page(exposed(), |page| page.allowed_origins.clear()),
        "gateway.control_ui.allowed_origins_required",
        Critical,
    );
    assert_eq!(
        found(&page(sound(), |page| page.allowed_origins.clear())),
        []
    );
    let off = page(exposed(), |page| {
        page.allowed_origins.clear();
        page.enabled = false;
    });
    assert_eq!(found(&off), []);
    for (facts, severity) in [(sound(), Warn), (exposed(), Critical)] {
        let any = page(facts.clone(), |page| {
            page.allowed_origins = vec!["*".to_owned()]
        });
        only(
            &any,
            "gateway.control_ui.allowed_origins_wildcard",
            severity,
        );
        let fallback = page(facts, |page| page.host_fallback = true);
        only(
            &fallback,
            "gateway.control_ui.host_header_origin_fallback",
            severity,
        );
    }
}

#[test]
fn the_word_of_a_proxy() {
    let proxy = |edit: fn(&mut ProxyAuthFacts)| {
        change(proxied(), |facts| {
            edit(facts.gateway.proxy_auth.as_mut().unwrap())
        })
    };
    let beside = |facts: &AuditFacts| {
        let mut found = found(facts);
        found.retain(|(id, _)| id != "gateway.trusted_proxy_auth");
        found
    };
    for (facts, expected) in [
        (
            proxy(|at| at.has_user_header = false),
            vec![("gateway.trusted_proxy_no_user_header", Critical)],
        ),
        (
            proxy(|at| at.has_users = false),
            vec![("gateway.trusted_proxy_no_allowlist", Warn)],
        ),
        (
            proxy(|at| at.allow_loopback = true),
            vec![("gateway.trusted_proxy_allow_loopback", Warn)],
        ),
        (
            proxy(|at| at.auto_approve = true),
            vec![
                ("gateway.trusted_proxy_device_auto_approve_admin", Critical),
                ("gateway.trusted_proxy_device_auto_approve", Warn),
            ],
        ),
        (
            proxy(|at| {
                at.auto_approve = true;
                at.auto_approve_scopes = Some(ScopeSet::from([Scope::Read]));
            }),
            vec![("gateway.trusted_proxy_device_auto_approve", Warn)],
        ),
        (
            change(proxied(), |facts| facts.gateway.trusted_proxies.clear()),
            vec![("gateway.trusted_proxy_no_proxies", Critical)],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(id, at)| (id.to_owned(), at))
            .collect();
        assert_eq!(beside(&facts), expected);
    }
}

#[test]
fn the_running_gateway() {
    assert_eq!(found(&probed(ProbeFacts::default())), []);
    only(
        &probed(ProbeFacts {
            failure: Some("refused".to_owned()),
            ..ProbeFacts::default()
        }),
        "gateway.probe_failed",
        Warn,
    );
    let open = ProbeFacts {
        accepts_anybody: Some(true),
        ..ProbeFacts::default()
    };
    only(
        &probed(open.clone()),
        "gateway.probe_accepts_anybody",
        Critical,
    );
    let meant = change(probed(open), |facts| {
        facts.gateway.auth = AuthMode::None;
        facts.gateway.secret = None;
    });
    only(&meant, "gateway.loopback_no_auth", Critical);
    only(
        &probed(ProbeFacts {
            accepts_foreign_origin: Some(true),
            ..ProbeFacts::default()
        }),
        "gateway.probe_accepts_foreign_origin",
        Critical,
    );
    let answers = ProbeFacts {
        answers_on: vec!["192.168.1.5:18789".parse().unwrap()],
        ..ProbeFacts::default()
    };
    only(
        &probed(answers.clone()),
        "gateway.reachable_beyond_bind",
        Critical,
    );
    let expected = change(exposed(), |facts| facts.probe = Some(answers));
    assert_eq!(found(&expected), []);
}

#[test]
fn a_machine_without_a_gateway_is_not_blamed_for_one() {
    let facts = change(exposed(), |facts| {
        facts.gateway.runs_here = false;
        facts.gateway.auth = AuthMode::None;
        facts.gateway.secret = None;
        facts.gateway.has_tls = false;
        facts.gateway.mdns_full = true;
        facts.gateway.control_ui.allowed_origins = vec!["*".to_owned()];
    });
    assert_eq!(found(&facts), []);
}
