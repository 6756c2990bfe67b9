//! Bind, authentication, exposure.

use std::net::IpAddr;

use ipnet::IpNet;

use super::catalogue::{
    AUTO_APPROVE_WIDE, BIND_NO_AUTH, ENV_CONFLICT, LOOPBACK_NO_AUTH, MDNS_FULL, NO_RATE_LIMIT,
    NODE_COMMANDS, PASSWORD_PLACEHOLDER, PLAINTEXT, START_REFUSED, TAILSCALE_FUNNEL,
    TAILSCALE_SERVE, TOKEN_NOT_MADE, TOKEN_PLACEHOLDER, TOKEN_SHORT, TOOLS_INVOKE,
};
use super::facts::{GatewayFacts, SecretFacts};
use super::{Finding, Severity};
use crate::address::{is_private, is_tailnet};
use crate::exposure::MIN_EXPOSED_SECRET_CHARS;
use crate::modes::{AuthMode, TailscaleMode};

pub(super) fn check(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    if !gateway.runs_here {
        return;
    }
    guard(gateway, findings);
    if let Some(secret) = &gateway.secret {
        weigh(gateway.auth, secret, findings);
    }
    conflicts(gateway, findings);
    if gateway.is_exposed && gateway.auth != AuthMode::TrustedProxy && is_lax(gateway) {
        let rules = gateway.rate;
        findings.push(
            Finding::of(
                &NO_RATE_LIMIT,
                format!(
                    "gateway.auth.rateLimit allows {} wrong guesses in {} s and locks for {} s.",
                    rules.max_attempts,
                    rules.window_ms / 1000,
                    rules.lockout_ms / 1000
                ),
            )
            .mend("openclaw config unset gateway.auth.rateLimit"),
        );
    }
    tailscale(gateway, findings);
    plaintext(gateway, findings);
    if gateway.mdns_full {
        findings.push(
            Finding::of(
                &MDNS_FULL,
                "discovery.mdns.mode=full announces the path of the program and the SSH port.",
            )
            .at(beyond(gateway))
            .mend("openclaw config set discovery.mdns.mode minimal"),
        );
    }
    doors(gateway, findings);
}

/// A warning on loopback, critical beyond it.
pub(super) const fn beyond(gateway: &GatewayFacts) -> Severity {
    if gateway.is_exposed {
        Severity::Critical
    } else {
        Severity::Warn
    }
}

fn guard(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    let open = match gateway.auth {
        AuthMode::None => true,
        AuthMode::Token | AuthMode::Password => gateway.secret.is_none(),
        AuthMode::TrustedProxy => false,
    };
    if open && gateway.is_exposed {
        findings.push(
            Finding::of(
                &BIND_NO_AUTH,
                format!(
                    "gateway.bind={} and gateway.auth.mode={} without a secret. This version does \
                     not start like that; others do.",
                    gateway.bind, gateway.auth
                ),
            )
            .mend(
                "openclaw config set gateway.bind loopback, or set gateway.auth.token to the \
                 output of `openssl rand -hex 24`",
            ),
        );
    } else if gateway.auth == AuthMode::None && gateway.control_ui.enabled {
        findings.push(
            Finding::of(
                &LOOPBACK_NO_AUTH,
                "gateway.auth.mode=none: whatever reaches 127.0.0.1 is served, other users of \
                 this machine and reverse proxies included.",
            )
            .mend("openclaw config set gateway.auth.mode token"),
        );
    } else if gateway.auth == AuthMode::Token && gateway.secret.is_none() {
        findings.push(Finding::of(
            &TOKEN_NOT_MADE,
            "gateway.auth.token is not set: `openclaw gateway run` makes one of 256 bits.",
        ));
    }
    if let Some(why) = &gateway.start_refusal
        && !(open && gateway.is_exposed)
    {
        findings.push(Finding::of(&START_REFUSED, why.clone()));
    }
}

fn weigh(auth: AuthMode, secret: &SecretFacts, findings: &mut Vec<Finding>) {
    if !secret.is_known {
        return;
    }
    let (word, placeholder) = match auth {
        AuthMode::Password => ("password", &PASSWORD_PLACEHOLDER),
        AuthMode::Token | AuthMode::None | AuthMode::TrustedProxy => ("token", &TOKEN_PLACEHOLDER),
    };
    let better = format!(
        "set another {word} in {}, for example from `openssl rand -hex 24`, and start the Gateway \
         again",
        secret.from
    );
    if secret.is_placeholder {
        findings.push(
            Finding::of(
                placeholder,
                format!("the {word} from {} is no secret.", secret.from),
            )
            .mend(better),
        );
    } else if secret.chars < MIN_EXPOSED_SECRET_CHARS {
        findings.push(
            Finding::of(
                &TOKEN_SHORT,
                format!(
                    "the {word} from {} has {} characters; {MIN_EXPOSED_SECRET_CHARS} are the \
                     least where other machines reach it.",
                    secret.from, secret.chars
                ),
            )
            .mend(better),
        );
    }
}

fn conflicts(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    for name in &gateway.conflicting_variables {
        findings.push(
            Finding::of(
                &ENV_CONFLICT,
                format!(
                    "{name} differs from the configuration. The Gateway and clients of this \
                     machine take the configured value; targets of OPENCLAW_GATEWAY_URL and nodes \
                     take the variable."
                ),
            )
            .mend(format!(
                "unset {name} where it is stale; `openclaw auth explain` shows which is which"
            )),
        );
    }
}

/// Whether somebody who guesses is never stopped: no lock, or more guesses than a person makes.
const fn is_lax(gateway: &GatewayFacts) -> bool {
    let rules = gateway.rate;
    let per_hour = (rules.max_attempts as u64).saturating_mul(3_600_000);
    rules.lockout_ms == 0 || rules.window_ms == 0 || per_hour / rules.window_ms > LAX_PER_HOUR
}

/// Guesses in an hour above which a limit is none.
const LAX_PER_HOUR: u64 = 10_000;

fn tailscale(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    match gateway.tailscale {
        TailscaleMode::Off => {}
        TailscaleMode::Serve => findings.push(Finding::of(
            &TAILSCALE_SERVE,
            "gateway.tailscale.mode=serve: every device of the tailnet reaches the Gateway.",
        )),
        TailscaleMode::Funnel => findings.push(
            Finding::of(
                &TAILSCALE_FUNNEL,
                "gateway.tailscale.mode=funnel: everybody reaches the Gateway; one password is \
                 all that stands before it.",
            )
            .mend("openclaw config set gateway.tailscale.mode serve"),
        ),
    }
}

fn plaintext(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    if gateway.has_tls {
        return;
    }
    let open: Vec<IpAddr> = gateway
        .open_addresses
        .iter()
        .copied()
        .filter(|address| !is_tailnet(*address))
        .collect();
    if open.is_empty() {
        return;
    }
    let shown: Vec<String> = open.iter().map(ToString::to_string).collect();
    let is_public = open.iter().any(|address| !is_private(*address));
    findings.push(
        Finding::of(
            &PLAINTEXT,
            format!(
                "gateway.bind={} without TLS opens {}{}.",
                gateway.bind,
                shown.join(", "),
                if is_public {
                    ", which is a public address"
                } else {
                    ""
                }
            ),
        )
        .at(if is_public {
            Severity::Critical
        } else {
            Severity::Warn
        })
        .mend(
            "openclaw config set gateway.bind loopback, and reach it through SSH or Tailscale Serve",
        ),
    );
}

/// Doors that are usually shut: tools over HTTP, commands of nodes, approval without a person.
fn doors(gateway: &GatewayFacts, findings: &mut Vec<Finding>) {
    let named = |list: &[String], known: &dyn Fn(&str) -> bool| {
        let found: Vec<&str> = list
            .iter()
            .map(String::as_str)
            .filter(|at| known(at))
            .collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
    let is_held_back = |tool: &str| HELD_BACK_TOOLS.contains(&tool);
    if let Some(tools) = named(&gateway.http_tools, &is_held_back) {
        findings.push(
            Finding::of(
                &TOOLS_INVOKE,
                format!("gateway.tools.allow lets {tools} be called over HTTP."),
            )
            .at(beyond(gateway))
            .mend("openclaw config unset gateway.tools.allow"),
        );
    }
    if let Some(commands) = named(&gateway.node_commands, &is_dangerous_command) {
        findings.push(
            Finding::of(
                &NODE_COMMANDS,
                format!(
                    "gateway.nodes.commands.allow lets every approved node of any platform offer \
                     {commands}."
                ),
            )
            .at(beyond(gateway))
            .mend("take what no node needs out of gateway.nodes.commands.allow"),
        );
    }
    for network in &gateway.auto_approve {
        let is_public = !is_private_network(network);
        if is_public || host_bits(network) > 16 {
            findings.push(
                Finding::of(
                    &AUTO_APPROVE_WIDE,
                    format!("gateway.nodes.pairing.autoApproveCidrs holds {network}."),
                )
                .at(if is_public {
                    Severity::Critical
                } else {
                    Severity::Warn
                })
                .mend("name the addresses of your nodes, or approve them by hand"),
            );
        }
    }
}

/// How many bits of an address the network leaves open; IPv6 counts in networks of one host.
pub(super) const fn host_bits(network: &IpNet) -> u8 {
    match network {
        IpNet::V4(v4) => 32 - v4.prefix_len(),
        IpNet::V6(v6) => 64u8.saturating_sub(v6.prefix_len()),
    }
}

fn is_private_network(network: &IpNet) -> bool {
    is_private(network.network()) && is_private(network.broadcast())
}

/// Tools that the originals keep off `POST /tools/invoke`.
const HELD_BACK_TOOLS: &[&str] = &[
    "exec",
    "spawn",
    "shell",
    "fs_write",
    "fs_delete",
    "fs_move",
    "apply_patch",
    "sessions_spawn",
    "sessions_send",
    "gateway",
    "cron",
    "nodes",
    "whatsapp_login",
];

/// Commands with which a node reaches a person or a shell.
fn is_dangerous_command(command: &str) -> bool {
    [
        "camera.",
        "screen.",
        "desktop.",
        "computer.",
        "contacts.",
        "calendar.",
        "reminders.",
        "sms.",
        "photos.",
        "system.run",
        "terminal.",
        "browser.proxy",
        "fs.",
    ]
    .iter()
    .any(|family| command.starts_with(family))
}
