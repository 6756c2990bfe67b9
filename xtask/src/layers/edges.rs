//! Dependencies between our crates against the table.

use super::metadata::Package;
use super::table::{self, TABLE, TOOLS};
use crate::failure::Outcome;
use crate::workspace;

/// One finding per edge that the table does not have.
pub(super) fn check(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        let name = package.short_name();
        if TOOLS.contains(&name) {
            continue;
        }
        let Some(row) = table::find(name) else {
            findings.push(format!(
                "{}: not in the table of crates; add its floor to ARCHITECTURE.md and xtask/src/layers/table.rs",
                package.name
            ));
            continue;
        };
        let open = table::open_to(row);
        for used in package.uses() {
            if !open.contains(used) {
                let allowed: Vec<_> = open.iter().copied().collect();
                findings.push(format!(
                    "{name} (floor {}) may not use {used}; it may use: {}",
                    row.floor,
                    if allowed.is_empty() {
                        "nothing of ours".to_owned()
                    } else {
                        allowed.join(", ")
                    },
                ));
            }
        }
    }
    findings
}

/// One finding per crate that reaches the async runtime although it must not.
pub(super) fn check_free_of_runtime(packages: &[Package]) -> Outcome<Vec<String>> {
    let mut findings = Vec::new();
    for row in TABLE.iter().filter(|row| row.no_runtime) {
        let Some(package) = packages
            .iter()
            .find(|package| package.short_name() == row.name)
        else {
            continue;
        };
        let mut command = workspace::cargo([
            "tree", "--edges", "normal", "--prefix", "none", "--format", "{p}",
        ]);
        command.args(["-p", &package.name]);
        let tree = workspace::output(command)?;
        if tree
            .lines()
            .any(|line| line.split(' ').next() == Some("tokio"))
        {
            findings.push(format!(
                "{} reaches tokio, which it must not; see: cargo tree -p {} -i tokio",
                row.name, package.name
            ));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Dependency;
    use super::*;

    fn package(name: &str, uses: &[(&str, Option<&str>)]) -> Package {
        Package {
            name: name.to_owned(),
            manifest_path: "Cargo.toml".into(),
            dependencies: uses
                .iter()
                .map(|(name, kind)| Dependency {
                    name: (*name).to_owned(),
                    kind: kind.map(str::to_owned),
                })
                .collect(),
        }
    }

    #[test]
    fn an_arrow_that_points_down_is_fine() {
        let identity = package(
            "openclaw-identity",
            &[("openclaw-protocol", None), ("serde", None)],
        );
        assert_eq!(check(&[identity]), Vec::<String>::new());
    }

    #[test]
    fn an_arrow_that_points_up_or_sideways_is_found() {
        for (name, used) in [
            ("openclaw-protocol", "openclaw-identity"),
            ("openclaw-policy", "openclaw-config"),
            ("openclaw-policy", "openclaw-identity"),
            ("openclaw-gateway-server", "openclaw-remote"),
            ("openclaw-node-host", "openclaw-gateway-server"),
            ("openclaw-connect", "openclaw-config"),
        ] {
            let findings = check(&[package(name, &[(used, None)])]);
            assert_eq!(findings.len(), 1, "{name} -> {used}: {findings:?}");
        }
    }

    #[test]
    fn test_helpers_are_for_tests_only() {
        let dev = package("openclaw-store", &[("openclaw-testkit", Some("dev"))]);
        assert_eq!(check(&[dev]), Vec::<String>::new());
        let normal = package("openclaw", &[("openclaw-testkit", None)]);
        assert_eq!(check(&[normal]).len(), 1);
        let build = package("openclaw", &[("xtask", Some("build"))]);
        assert_eq!(check(&[build]).len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        assert_eq!(check(&[package("openclaw-new", &[])]).len(), 1);
    }
}
