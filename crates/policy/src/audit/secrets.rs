//! Secrets that stand in files, and protections that are switched off.

use super::catalogue::{DANGEROUS_FLAGS, PASSWORD_IN_CONFIG, PLAIN_SECRETS, REDACT_OFF};
use super::facts::FileKind;
use super::{AuditFacts, Finding};

pub(super) fn check(facts: &AuditFacts, findings: &mut Vec<Finding>) {
    if !facts.dangerous_flags.is_empty() {
        findings.push(
            Finding::of(&DANGEROUS_FLAGS, facts.dangerous_flags.join("\n"))
                .mend("take each of them back, with `openclaw config unset KEY`"),
        );
    }
    if facts.redact_off {
        findings.push(
            Finding::of(
                &REDACT_OFF,
                "logging.redactSensitive=off: releases that honour it log what tools are given.",
            )
            .mend("openclaw config set logging.redactSensitive tools"),
        );
    }
    let file = facts.files.iter().find(|file| {
        matches!(file.kind, FileKind::Config | FileKind::ConfigInclude) && file.mode & 0o044 != 0
    });
    if let (Some(file), false) = (file, facts.plain_secrets.is_empty()) {
        findings.push(
            Finding::of(
                &PLAIN_SECRETS,
                format!(
                    "{} (mode {:03o}) holds {}.",
                    file.path,
                    file.mode & 0o777,
                    facts.plain_secrets.join(", ")
                ),
            )
            .mend(format!(
                "chmod 600 {}, and change these secrets: others could read them",
                file.path
            )),
        );
    }
    if facts
        .plain_secrets
        .iter()
        .any(|key| key == "gateway.auth.password")
    {
        findings.push(
            Finding::of(
                &PASSWORD_IN_CONFIG,
                "gateway.auth.password is text in the configuration: backups and copies hold it.",
            )
            .mend(
                "put it into OPENCLAW_GATEWAY_PASSWORD or a file that gateway.auth.password \
                 refers to, then `openclaw config unset gateway.auth.password`",
            ),
        );
    }
}
