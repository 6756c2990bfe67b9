//! Gateways that this machine speaks to.

use super::catalogue::{NODE_PLAINTEXT, REMOTE_PLAINTEXT};
use super::facts::{HostReach, OutgoingFacts, Speaker};
use super::{Finding, Severity};

pub(super) fn check(outgoing: &[OutgoingFacts], findings: &mut Vec<Finding>) {
    for target in outgoing.iter().filter(|target| !target.is_secure) {
        let severity = match target.host {
            HostReach::Loopback | HostReach::Tailnet => continue,
            HostReach::Private => Severity::Warn,
            HostReach::Public => Severity::Critical,
        };
        let (check, place, mend) = match target.who {
            Speaker::Operator => (
                &REMOTE_PLAINTEXT,
                "gateway.remote.url",
                "use wss:// in gateway.remote.url, or an SSH tunnel",
            ),
            Speaker::Node => (
                &NODE_PLAINTEXT,
                "node.json",
                "openclaw node run --tls, or an SSH tunnel to the Gateway",
            ),
        };
        findings.push(
            Finding::of(check, format!("{place} names {}.", target.url))
                .at(severity)
                .mend(mend),
        );
    }
}
