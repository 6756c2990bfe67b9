//! Reverse proxies and what their word is worth.

use openclaw_protocol::Scope;

use super::catalogue::{
    PROXIES_MISSING, PROXIES_WIDE, PROXY_ANYBODY, PROXY_APPROVES, PROXY_APPROVES_ADMIN, PROXY_AUTH,
    PROXY_LOOPBACK, PROXY_NO_HEADER, PROXY_NONE, REAL_IP,
};
use super::facts::{GatewayFacts, ProxyAuthFacts};
use super::gateway::{beyond, host_bits};
use super::{Finding, Severity};
use crate::modes::AuthMode;

pub(super) fn check(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    if !gateway.runs_here {
        return;
    }
    let proxies = &gateway.trusted_proxies;
    if proxies.is_empty() && !gateway.is_exposed && gateway.control_ui.enabled {
        findings.push(Finding::of(
            &PROXIES_MISSING,
            "gateway.trustedProxies is empty. That is right unless a reverse proxy stands in front \
             of the Gateway: requests that a proxy forwarded are refused until it is listed.",
        ));
    }
    for network in proxies {
        let bits = host_bits(network);
        if bits > 8 {
            findings.push(
                Finding::of(
                    &PROXIES_WIDE,
                    format!("gateway.trustedProxies holds {network}."),
                )
                .at(if network.prefix_len() == 0 {
                    Severity::Critical
                } else {
                    Severity::Warn
                })
                .mend("list the addresses of the proxies themselves"),
            );
        }
    }
    if gateway.real_ip_fallback {
        findings.push(
            Finding::of(
                &REAL_IP,
                "gateway.allowRealIpFallback=true: a proxy that passes X-Real-IP on unchanged lets \
                 clients choose their address.",
            )
            .at(beyond(gateway))
            .mend("openclaw config unset gateway.allowRealIpFallback"),
        );
    }
    if gateway.auth == AuthMode::TrustedProxy {
        mode(gateway, findings);
    }
}

fn mode(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    findings.push(
        Finding::of(
            &PROXY_AUTH,
            "gateway.auth.mode=trusted-proxy: whoever the proxy names is in.",
        )
        .mend(
            "make sure that the proxy asks for a login, overwrites the user header, and is the \
             only way to the port",
        ),
    );
    if gateway.trusted_proxies.is_empty() {
        findings.push(
            Finding::of(
                &PROXY_NONE,
                "gateway.trustedProxies is empty: nobody can connect.",
            )
            .mend("openclaw config set gateway.trustedProxies '[\"ADDRESS\"]'"),
        );
    }
    let nothing = ProxyAuthFacts::default();
    let proxy = gateway.proxy_auth.as_ref().unwrap_or(&nothing);
    if !proxy.has_user_header {
        findings.push(
            Finding::of(
                &PROXY_NO_HEADER,
                "gateway.auth.trustedProxy.userHeader is not set: nobody can connect.",
            )
            .mend("openclaw config set gateway.auth.trustedProxy.userHeader x-forwarded-user"),
        );
    }
    if proxy.allow_loopback {
        findings.push(
            Finding::of(
                &PROXY_LOOPBACK,
                "gateway.auth.trustedProxy.allowLoopback=true: a program on this machine can name \
                 any user.",
            )
            .mend("openclaw config unset gateway.auth.trustedProxy.allowLoopback"),
        );
    }
    if proxy.auto_approve {
        findings.push(
            Finding::of(
                &PROXY_APPROVES,
                "gateway.auth.trustedProxy.deviceAutoApprove.enabled=true: new devices of users \
                 that the proxy names wait for nobody.",
            )
            .mend("openclaw config unset gateway.auth.trustedProxy.deviceAutoApprove"),
        );
        let gives_admin = proxy
            .auto_approve_scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(&Scope::Admin));
        if gives_admin {
            findings.push(
                Finding::of(
                    &PROXY_APPROVES_ADMIN,
                    "gateway.auth.trustedProxy.deviceAutoApprove.scopes includes operator.admin, \
                     or says nothing.",
                )
                .mend(
                    "openclaw config set gateway.auth.trustedProxy.deviceAutoApprove.scopes \
                     '[\"operator.read\"]'",
                ),
            );
        }
    }
    if !proxy.has_users {
        findings.push(
            Finding::of(
                &PROXY_ANYBODY,
                "gateway.auth.trustedProxy.allowUsers is empty.",
            )
            .mend(
                "openclaw config set gateway.auth.trustedProxy.allowUsers '[\"you@example.com\"]'",
            ),
        );
    }
}
