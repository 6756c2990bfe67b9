//! What the node of this machine runs.

use super::catalogue::{EXEC_FULL, EXEC_UNREADABLE};
use super::{AuditFacts, Finding, Severity};

pub(super) fn check(facts: &AuditFacts, findings: &mut Vec<Finding>) {
    let Some(exec) = &facts.exec else { return };
    let rules = match &exec.rules {
        Ok(rules) => rules,
        Err(why) => {
            findings.push(
                Finding::of(&EXEC_UNREADABLE, format!("{}: {why}", exec.path))
                    .mend("mend the file, or remove it to have the default rules"),
            );
            return;
        }
    };
    for severity in [Severity::Critical, Severity::Warn] {
        let agents: Vec<&str> = rules
            .iter()
            .filter(|rule| rule.runs_everything && rule.asks == (severity == Severity::Warn))
            .map(|rule| rule.agent.as_str())
            .collect();
        if agents.is_empty() {
            continue;
        }
        let ask = match severity {
            Severity::Critical => "and no person is asked",
            Severity::Warn | Severity::Info => "though a person may be asked",
        };
        findings.push(
            Finding::of(
                &EXEC_FULL,
                format!(
                    "security=full for {}: an approved Gateway runs any command here, {ask}.",
                    agents.join(", ")
                ),
            )
            .at(severity)
            .mend(format!(
                "set security to \"allowlist\" and ask to \"on-miss\" in {}",
                exec.path
            )),
        );
    }
}
