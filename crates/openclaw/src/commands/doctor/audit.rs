//! What `security audit` finds, as checks: files, exposure, secrets, certificate, devices.

use std::borrow::Cow;

use openclaw_policy::audit::facts::AuditFacts;
use openclaw_policy::audit::{Finding, Severity, audit};

use super::check::{Check, Status};
use crate::render::time;

/// Every finding that somebody must act on, and where an area has none, that it has none.
/// `all`: what is only worth knowing as well.
pub(super) fn checks(facts: &AuditFacts, all: bool) -> Vec<Check> {
    let findings = audit(facts);
    let mut checks: Vec<Check> = findings
        .iter()
        .filter(|finding| all || finding.severity != Severity::Info || is_for_doctor(finding))
        .map(of_finding)
        .collect();
    let is_clean = |prefixes: &[&str]| {
        !findings.iter().any(|finding| {
            finding.severity != Severity::Info
                && prefixes
                    .iter()
                    .any(|prefix| finding.check_id.starts_with(prefix))
        })
    };
    if is_clean(&["fs."]) {
        checks.push(Check::new(
            "fs",
            Status::Ok,
            format!("{} files and directories are private", facts.files.len()),
        ));
    }
    if is_clean(&["gateway."]) {
        checks.push(Check::new("exposure", Status::Ok, exposure(facts)));
    }
    if is_clean(&["tls."]) {
        checks.extend(certificate(facts));
    }
    if is_clean(&["devices."])
        && let Some(pairing) = &facts.pairing
        && pairing.pending.is_empty()
    {
        checks.push(Check::new(
            "devices",
            Status::Ok,
            format!("{} paired, none waits", pairing.devices.len()),
        ));
    }
    checks
}

/// What waits for a person is shown always.
fn is_for_doctor(finding: &Finding) -> bool {
    finding.check_id == "devices.pending"
}

fn of_finding(finding: &Finding) -> Check {
    Check {
        id: Cow::Owned(finding.check_id.clone().into_owned()),
        status: match finding.severity {
            Severity::Critical => Status::Fail,
            Severity::Warn => Status::Warn,
            Severity::Info if is_for_doctor(finding) => Status::Warn,
            Severity::Info => Status::Ok,
        },
        title: finding.title.clone().into_owned(),
        detail: Some(finding.detail.clone()).filter(|detail| !detail.is_empty()),
        remedy: finding.remediation.clone(),
    }
}

fn exposure(facts: &AuditFacts) -> String {
    let gateway = &facts.gateway;
    if !gateway.runs_here {
        return "The Gateway runs elsewhere (gateway.mode is remote)".to_owned();
    }
    if gateway.is_exposed {
        let auth = gateway.auth;
        return format!(
            "Reachable from other machines (bind {}), guarded by {auth}",
            gateway.bind
        );
    }
    format!("Reachable from this machine alone (bind {})", gateway.bind)
}

fn certificate(facts: &AuditFacts) -> Option<Check> {
    let state = facts.certificate.as_ref()?.state.as_ref().ok()?;
    let ends = u64::try_from(state.not_after).ok()?.saturating_mul(1000);
    let days = ends.saturating_sub(facts.now_ms) / 86_400_000;
    Some(Check::new(
        "tls",
        Status::Ok,
        format!(
            "The certificate is valid until {} ({days} days)",
            time::day(ends)
        ),
    ))
}
