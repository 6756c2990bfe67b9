//! The summary: what can be reached, and by whom.

use openclaw_protocol::Scope;

use super::catalogue::ATTACK_SURFACE;
use super::{AuditFacts, Finding};
use crate::modes::TailscaleMode;

pub(super) fn check(facts: &AuditFacts, findings: &mut Vec<Finding>) {
    let gateway = &facts.gateway;
    let mut lines = Vec::new();
    if gateway.runs_here {
        let mut opened = vec!["loopback".to_owned()];
        opened.extend(gateway.open_addresses.iter().map(ToString::to_string));
        if gateway.is_exposed && gateway.open_addresses.is_empty() {
            opened.push("addresses that this host does not have now".to_owned());
        }
        lines.push(format!("bind: {} ({})", gateway.bind, opened.join(", ")));
        let from = gateway
            .secret
            .as_ref()
            .map(|secret| format!(" from {}", secret.from));
        lines.push(format!(
            "auth: {}{}",
            gateway.auth,
            from.unwrap_or_default()
        ));
        lines.push(format!(
            "tls: {}",
            if gateway.has_tls { "on" } else { "off" }
        ));
        if gateway.tailscale != TailscaleMode::Off {
            lines.push(format!("tailscale: {}", gateway.tailscale));
        }
        let page = if gateway.control_ui.enabled {
            "none of its own; pages of others may connect"
        } else {
            "off"
        };
        lines.push(format!("control page: {page}"));
    } else {
        lines.push("gateway: elsewhere (gateway.mode=remote)".to_owned());
    }
    if let Some(pairing) = &facts.pairing
        && pairing.unreadable.is_none()
    {
        let admins = pairing
            .devices
            .iter()
            .filter(|device| device.scopes.contains(&Scope::Admin))
            .count();
        lines.push(format!(
            "devices: {} paired, {admins} of them may do everything, {} waiting",
            pairing.devices.len(),
            pairing.pending.len()
        ));
    }
    if facts.exec.is_some() {
        lines.push("node: this machine can be one".to_owned());
    }
    findings.push(Finding::of(&ATTACK_SURFACE, lines.join("\n")));
}
