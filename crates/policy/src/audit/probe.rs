//! What the running Gateway answered.

use super::catalogue::{PROBE_FAILED, PROBE_OPEN, PROBE_ORIGIN, PROBE_WIDER};
use super::{AuditFacts, Finding};
use crate::address::canonical;
use crate::modes::AuthMode;

pub(super) fn check(facts: &AuditFacts, findings: &mut Vec<Finding>) {
    let Some(probe) = &facts.probe else { return };
    if let Some(why) = &probe.failure {
        findings.push(Finding::of(&PROBE_FAILED, why.clone()).mend(
            "openclaw gateway status shows whether it runs, openclaw auth explain with which \
                 credentials it is asked",
        ));
    }
    // Where nothing is asked for, that is a finding of its own already.
    let is_meant = facts.gateway.runs_here && facts.gateway.auth == AuthMode::None;
    if probe.accepts_anybody == Some(true) && !is_meant {
        findings.push(
            Finding::of(
                &PROBE_OPEN,
                format!(
                    "{} accepted a connection without any credential.",
                    probe.url
                ),
            )
            .mend("set gateway.auth.token, and start the Gateway again"),
        );
    }
    let any_origin = facts
        .gateway
        .control_ui
        .allowed_origins
        .iter()
        .any(|origin| origin == "*");
    if probe.accepts_foreign_origin == Some(true) {
        let why = if any_origin {
            " (gateway.controlUi.allowedOrigins holds `*`)"
        } else {
            ""
        };
        findings.push(
            Finding::of(
                &PROBE_ORIGIN,
                format!(
                    "{} accepted a connection that came from the page of another site{why}.",
                    probe.url
                ),
            )
            .mend("list your own origins alone in gateway.controlUi.allowedOrigins; update the Gateway if it checks none"),
        );
    }
    let unexpected: Vec<String> = probe
        .answers_on
        .iter()
        .filter(|at| !facts.gateway.open_addresses.contains(&canonical(at.ip())))
        .map(ToString::to_string)
        .collect();
    if facts.gateway.runs_here && !unexpected.is_empty() {
        findings.push(
            Finding::of(
                &PROBE_WIDER,
                format!(
                    "gateway.bind={} does not open them, and a Gateway answers on {}: an older \
                     one still runs, or something forwards the port.",
                    facts.gateway.bind,
                    unexpected.join(", ")
                ),
            )
            .mend("openclaw gateway status --deep shows who listens; start the Gateway again"),
        );
    }
}
