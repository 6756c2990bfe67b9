//! Every check speaks when it should, and keeps silent when nothing is wrong.

mod gateway;
mod sample;
mod state;

use super::Severity::{Critical, Info};
use super::catalogue::CHECKS;
use super::facts::FileKind;
use super::{Finding, Summary, audit};
use crate::modes::TailscaleMode;
use sample::{change, exposed, file, found, only, proxied, sound, with_file};

#[test]
fn a_sound_installation_has_two_notes_and_nothing_else() {
    let findings = audit(&sound());
    let ids: Vec<&str> = findings.iter().map(|at| &*at.check_id).collect();
    assert_eq!(
        ids,
        ["summary.attack_surface", "gateway.trusted_proxies_missing"]
    );
    assert!(findings.iter().all(|at| at.severity == Info));
    assert_eq!(found(&exposed()), []);
    only(&proxied(), "gateway.trusted_proxy_auth", Critical);
}

#[test]
fn the_worst_stands_first_and_is_counted() {
    let facts = change(with_file(file(FileKind::StateDir, 0o755)), |facts| {
        facts.gateway.tailscale = TailscaleMode::Funnel;
    });
    let findings = audit(&facts);
    assert!(findings.is_sorted_by_key(|finding| finding.severity));
    let summary = Summary::of(&findings);
    assert_eq!((summary.critical, summary.warn, summary.info), (1, 1, 2));
    assert_eq!(summary.worst(), Some(Critical));
    assert_eq!(Summary::of(&[]).worst(), None);
}

#[test]
fn the_catalogue_is_complete_and_each_check_stands_in_it_once() {
    let mut ids: Vec<&str> = CHECKS.iter().map(|check| check.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CHECKS.len());
    for check in CHECKS {
        assert!(
            !check.severities.is_empty() && !check.when.is_empty(),
            "{}",
            check.id
        );
    }
}

#[test]
fn a_finding_is_the_published_object() {
    let finding: Finding = audit(&with_file(file(FileKind::Config, 0o644))).remove(0);
    assert_eq!(
        serde_json::to_value(&finding).unwrap(),
        serde_json::json!({
            "checkId": "fs.config.perms_world_readable",
            "severity": "critical",
            "title": "Others can read the configuration",
            "detail": "/home/u/.openclaw/x mode 644: everybody on this machine may read it.",
            "remediation": "chmod 600 /home/u/.openclaw/x",
        })
    );
}
