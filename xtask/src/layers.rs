//! `cargo xtask layers`: who may use whom, and the rules of the house.
//!
//! | To find | Open |
//! | --- | --- |
//! | the table of crates | [`table`] |
//! | the check of dependencies | [`edges`] |
//! | lints and crate docs | [`crates`] |
//! | crates that only decide | [`purity`] |
//! | rules for files | [`tidy`] |
//! | published flaws and their tests | [`security_page`] |

mod crates;
mod edges;
mod metadata;
mod purity;
mod security_page;
mod table;
mod tidy;

use crate::failure::{Outcome, fail};

/// Checks everything and lists every finding.
pub(crate) fn run() -> Outcome {
    let packages = metadata::workspace_packages()?;
    let mut findings = edges::check(&packages);
    findings.extend(edges::check_free_of_runtime(&packages)?);
    findings.extend(crates::check(&packages)?);
    findings.extend(purity::check(&packages)?);
    let files = tidy::check()?;
    findings.extend(files.findings);
    let security = security_page::check()?;
    findings.extend(security.findings);
    if findings.is_empty() {
        println!(
            "{} crates and {} files keep the rules",
            packages.len(),
            files.checked
        );
        println!(
            "{} published flaws, {} tests named after them",
            security.flaws, security.tests
        );
        return Ok(());
    }
    for finding in &findings {
        println!("  {finding}");
    }
    fail!("{} findings", findings.len());
}
