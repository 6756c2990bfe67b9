//! The security audit: facts about an installation in, findings out.
//!
//! [`audit`] looks at values that somebody else gathered ([`AuditFacts`]) and reads nothing
//! itself. Facts hold no secret: of a token there is its length and where it came from.
//!
//! | To find | Open |
//! | --- | --- |
//! | what is looked at | [`facts`] |
//! | what a finding is | [`finding`] |
//! | every check with its id, severity and condition | [`catalogue`] |
//! | which addresses a bind opens | [`reach`] |

mod browser;
pub mod catalogue;
mod certificate;
mod control_ui;
mod exec;
pub mod facts;
mod files;
pub mod finding;
mod gateway;
mod outgoing;
mod pairing;
mod probe;
mod proxy;
pub mod reach;
mod secrets;
mod surface;

#[cfg(test)]
mod tests;

pub use catalogue::Check;
pub use facts::AuditFacts;
pub use finding::{Finding, Severity, Summary};

/// Looks at everything and says what is wrong with it, the worst first.
///
/// Within a severity findings stand in the order of the [`catalogue`].
#[must_use]
pub fn audit(facts: &AuditFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    surface::check(facts, &mut findings);
    gateway::check(&facts.gateway, &mut findings);
    control_ui::check(&facts.gateway, &mut findings);
    proxy::check(&facts.gateway, &mut findings);
    secrets::check(facts, &mut findings);
    browser::check(&facts.browser, &mut findings);
    certificate::check(facts, &mut findings);
    outgoing::check(&facts.outgoing, &mut findings);
    exec::check(facts, &mut findings);
    pairing::check(facts, &mut findings);
    files::check(&facts.files, &mut findings);
    probe::check(facts, &mut findings);
    findings.sort_by_key(|finding| finding.severity);
    findings
}
