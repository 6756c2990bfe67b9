//! Paired devices and requests that wait.

use openclaw_protocol::{Role, Scope};

use super::catalogue::{
    DEVICE_ADMIN, DEVICE_EXEC, DEVICE_SILENT_FAR, DEVICE_STALE, DEVICE_TOKEN_WIDER,
    DEVICE_TWO_ROLES, DEVICE_WILDCARD, DEVICES_UNREADABLE, PENDING,
};
use super::facts::{DeviceFacts, PairingFacts};
use super::{AuditFacts, Check, Finding, Severity};
use crate::address::is_loopback;

pub(super) fn check(facts: &AuditFacts, findings: &mut Vec<Finding>) {
    let Some(pairing) = &facts.pairing else {
        return;
    };
    if let Some(why) = &pairing.unreadable {
        findings.push(Finding::of(&DEVICES_UNREADABLE, why.clone()));
        return;
    }
    let mut group = |check: &Check, mend: &str, is_it: &dyn Fn(&DeviceFacts) -> Option<String>| {
        let lines: Vec<String> = pairing.devices.iter().filter_map(is_it).collect();
        if !lines.is_empty() {
            findings.push(Finding::of(check, lines.join("\n")).mend(mend));
        }
    };
    group(
        &DEVICE_ADMIN,
        "openclaw devices remove DEVICE, for those that need it no more",
        &|device| device.scopes.contains(&Scope::Admin).then(|| label(device)),
    );
    group(
        &DEVICE_WILDCARD,
        "openclaw devices remove DEVICE, and approve it again",
        &|device| {
            let odd: Vec<&str> = device
                .scopes
                .iter()
                .chain(device.tokens.iter().flat_map(|(_, scopes)| scopes))
                .filter(|scope| !scope.is_known())
                .map(Scope::as_str)
                .collect();
            (!odd.is_empty()).then(|| format!("{}: {}", label(device), odd.join(", ")))
        },
    );
    group(
        &DEVICE_TOKEN_WIDER,
        "openclaw devices rotate --device DEVICE --role ROLE",
        &|device| {
            let (role, _) = device.tokens.iter().find(|(role, scopes)| {
                !device.roles.contains(role) || !device.scopes.allows_all(scopes)
            })?;
            Some(format!("{}: its token for {role}", label(device)))
        },
    );
    group(
        &DEVICE_TWO_ROLES,
        "give the node a state directory of its own (openclaw --profile node node run), then \
         openclaw devices remove DEVICE",
        &|device| {
            let both = device.roles.contains(&Role::Node) && device.scopes.contains(&Scope::Admin);
            both.then(|| label(device))
        },
    );
    group(
        &DEVICE_EXEC,
        "openclaw nodes remove --node NODE, for those that need it no more",
        &|device| {
            let runs = device
                .commands
                .iter()
                .any(|command| command == "system.run");
            runs.then(|| label(device))
        },
    );
    group(
        &DEVICE_SILENT_FAR,
        "openclaw devices remove DEVICE, unless you know it",
        &|device| {
            let from = device.remote_ip.filter(|ip| !is_loopback(*ip))?;
            device
                .was_silent
                .then(|| format!("{}, from {from}", label(device)))
        },
    );
    group(&DEVICE_STALE, "openclaw devices remove DEVICE", &|device| {
        let idle = facts.now_ms.saturating_sub(device.last_active_ms);
        (idle > STALE_MS && !device.tokens.is_empty())
            .then(|| format!("{}: {} days", label(device), idle / DAY_MS))
    });
    waiting(pairing, findings);
}

fn waiting(pairing: &PairingFacts, findings: &mut Vec<Finding>) {
    if pairing.pending.is_empty() {
        return;
    }
    let lines: Vec<String> = pairing
        .pending
        .iter()
        .map(|request| {
            let from = request
                .remote_ip
                .as_ref()
                .map(|ip| format!(" from {ip}"))
                .unwrap_or_default();
            let wants = if request.wants_admin {
                ", asks for operator.admin"
            } else {
                ""
            };
            format!("{}: {}{from}{wants}", request.request_id, request.name)
        })
        .collect();
    let wants_admin = pairing.pending.iter().any(|request| request.wants_admin);
    findings.push(
        Finding::of(&PENDING, lines.join("\n"))
            .at(if wants_admin {
                Severity::Warn
            } else {
                Severity::Info
            })
            .mend("openclaw devices approve REQUEST, or openclaw devices reject REQUEST"),
    );
}

/// The beginning of the id, and the name.
fn label(device: &DeviceFacts) -> String {
    let short = device.id.get(..12).unwrap_or(&device.id);
    match &device.name {
        Some(name) => format!("{short} ({name})"),
        None => short.to_owned(),
    }
}

const DAY_MS: u64 = 86_400_000;

/// Ninety days.
const STALE_MS: u64 = 90 * DAY_MS;
