//! Installations to look at, and what is found in them.

use openclaw_protocol::{Role, Scope, ScopeSet};

use super::super::facts::{
    AuditFacts, CertificateFacts, CertificateState, ControlUiFacts, DeviceFacts, FileFacts,
    FileKind, GatewayFacts, PairingFacts, ProbeFacts, ProxyAuthFacts, SecretFacts,
};
use super::super::{Severity, audit};
use crate::modes::{AuthMode, BindMode, TailscaleMode};
use crate::rate::RateRules;

pub(super) const DAY: u64 = 86_400_000;
pub(super) const NOW: u64 = 20_000 * DAY;

/// An installation with which nothing is wrong: loopback, a long token.
pub(super) fn sound() -> AuditFacts {
    AuditFacts {
        now_ms: NOW,
        gateway: GatewayFacts {
            runs_here: true,
            bind: BindMode::Loopback,
            open_addresses: Vec::new(),
            is_exposed: false,
            auth: AuthMode::Token,
            secret: Some(SecretFacts::of(
                &"x9".repeat(20),
                "config gateway.auth.token",
            )),
            conflicting_variables: Vec::new(),
            start_refusal: None,
            tailscale: TailscaleMode::Off,
            has_tls: false,
            rate: RateRules::default(),
            control_ui: ControlUiFacts {
                enabled: true,
                ..ControlUiFacts::default()
            },
            trusted_proxies: Vec::new(),
            real_ip_fallback: false,
            proxy_auth: None,
            mdns_full: false,
            http_tools: Vec::new(),
            node_commands: Vec::new(),
            auto_approve: Vec::new(),
        },
        dangerous_flags: Vec::new(),
        plain_secrets: Vec::new(),
        redact_off: false,
        browser: Vec::new(),
        certificate: None,
        outgoing: Vec::new(),
        exec: None,
        pairing: None,
        files: Vec::new(),
        probe: None,
    }
}

/// The same beyond loopback, with everything that this asks for.
pub(super) fn exposed() -> AuditFacts {
    let mut facts = sound();
    facts.gateway.bind = BindMode::Lan;
    facts.gateway.is_exposed = true;
    facts.gateway.open_addresses = vec!["192.168.1.5".parse().unwrap()];
    facts.gateway.has_tls = true;
    facts.gateway.control_ui.allowed_origins = vec!["https://home.example".to_owned()];
    facts
}

pub(super) fn proxied() -> AuditFacts {
    let mut facts = sound();
    facts.gateway.auth = AuthMode::TrustedProxy;
    facts.gateway.secret = None;
    facts.gateway.trusted_proxies = vec!["10.0.0.1/32".parse().unwrap()];
    facts.gateway.proxy_auth = Some(ProxyAuthFacts {
        has_user_header: true,
        has_users: true,
        ..ProxyAuthFacts::default()
    });
    facts
}

pub(super) fn device() -> DeviceFacts {
    DeviceFacts {
        id: "ab".repeat(32),
        name: Some("Laptop".to_owned()),
        roles: vec![Role::Operator],
        scopes: ScopeSet::from([Scope::Read]),
        tokens: vec![(Role::Operator, ScopeSet::from([Scope::Read]))],
        commands: Vec::new(),
        was_silent: false,
        remote_ip: None,
        last_active_ms: NOW,
    }
}

pub(super) fn with_device(device: DeviceFacts) -> AuditFacts {
    let mut facts = sound();
    facts.pairing = Some(PairingFacts {
        unreadable: None,
        devices: vec![device],
        pending: Vec::new(),
    });
    facts
}

pub(super) fn file(kind: FileKind, mode: u32) -> FileFacts {
    FileFacts {
        kind,
        path: "/home/u/.openclaw/x".to_owned(),
        mode,
        is_foreign: false,
        is_symlink: false,
    }
}

pub(super) fn with_file(file: FileFacts) -> AuditFacts {
    let mut facts = sound();
    facts.files = vec![file];
    facts
}

pub(super) fn certificate(from_day: i64, to_day: i64, is_weak: bool) -> AuditFacts {
    let mut facts = sound();
    facts.gateway.has_tls = true;
    facts.certificate = Some(CertificateFacts {
        path: "/c.pem".to_owned(),
        state: Ok(CertificateState {
            not_before: (20_000 + from_day) * 86_400,
            not_after: (20_000 + to_day) * 86_400,
            key: "RSA 1024".to_owned(),
            is_weak,
        }),
    });
    facts
}

pub(super) fn probed(probe: ProbeFacts) -> AuditFacts {
    let mut facts = sound();
    facts.probe = Some(probe);
    facts
}

pub(super) fn change(mut facts: AuditFacts, change: impl FnOnce(&mut AuditFacts)) -> AuditFacts {
    change(&mut facts);
    facts
}

/// Ids and severities, the summary and the note about proxies left out.
pub(super) fn found(facts: &AuditFacts) -> Vec<(String, Severity)> {
    audit(facts)
        .into_iter()
        .map(|finding| (finding.check_id.into_owned(), finding.severity))
        .filter(|(id, _)| id != "summary.attack_surface" && id != "gateway.trusted_proxies_missing")
        .collect()
}

#[track_caller]
pub(super) fn only(facts: &AuditFacts, id: &str, severity: Severity) {
    assert_eq!(found(facts), [(id.to_owned(), severity)]);
}
