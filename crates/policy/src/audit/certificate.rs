//! The Gateway's certificate.

use super::catalogue::{CERT_EXPIRED, CERT_EXPIRES, CERT_UNREADABLE, CERT_WEAK};
use super::{AuditFacts, Finding};

pub(super) fn check(facts: &AuditFacts, findings: &mut Vec<Finding>) {
    let Some(certificate) = &facts.certificate else {
        return;
    };
    let path = &certificate.path;
    let state = match &certificate.state {
        Ok(state) => state,
        Err(why) => {
            findings.push(
                Finding::of(&CERT_UNREADABLE, format!("{path}: {why}"))
                    .mend("mend gateway.tls.certPath and keyPath, or remove both files to have new ones made"),
            );
            return;
        }
    };
    let now = i64::try_from(facts.now_ms / 1000).unwrap_or(i64::MAX);
    let renew = "renew the certificate, and tell those who pinned it its new fingerprint";
    if now > state.not_after {
        findings.push(
            Finding::of(
                &CERT_EXPIRED,
                format!("{path} ended {} days ago.", days(now - state.not_after)),
            )
            .mend(renew),
        );
    } else if now < state.not_before {
        findings.push(
            Finding::of(
                &CERT_EXPIRED,
                format!(
                    "{path} begins in {} days: it is too new, or this clock is wrong.",
                    days(state.not_before - now)
                ),
            )
            .mend(renew),
        );
    } else if state.not_after - now < SOON {
        findings.push(
            Finding::of(
                &CERT_EXPIRES,
                format!("{path} ends in {} days.", days(state.not_after - now)),
            )
            .mend(renew),
        );
    }
    if state.is_weak {
        findings.push(
            Finding::of(&CERT_WEAK, format!("{path} has a key of {}.", state.key)).mend(renew),
        );
    }
}

/// Thirty days, in seconds.
const SOON: i64 = 30 * 86_400;

const fn days(seconds: i64) -> i64 {
    seconds / 86_400
}
