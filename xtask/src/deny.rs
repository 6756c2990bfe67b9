//! `cargo xtask ci deny`: bans, licences and sources of dependencies, from `deny.toml`.
//!
//! cargo-deny runs where it is installed. Our own check of the same file runs always, so that the
//! step never passes because a tool is absent.

mod licence;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::failure::{Doing, Outcome, fail};
use crate::{environment, workspace};

/// The part of `deny.toml` that we check ourselves.
#[derive(Debug, Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// One crate that we build with, for any platform.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Used {
    name: String,
    version: String,
    /// Where it comes from if not from the default registry: a folder, a registry, a repository.
    source: Option<String>,
    licence: String,
}

/// Runs cargo-deny if it is there, and our own check in any case.
pub(crate) fn run() -> Outcome {
    if environment::which("cargo-deny").is_some() {
        workspace::run(workspace::cargo([
            "deny", "check", "bans", "licenses", "sources",
        ]))?;
    } else {
        println!(
            "cargo-deny is not installed; our own check of bans, licences and sources alone decides"
        );
    }
    let path = workspace::root().join("deny.toml");
    let text = std::fs::read_to_string(&path).doing("read deny.toml")?;
    let rules: Rules = toml::from_str(&text).doing("read deny.toml")?;
    let used = used()?;
    let findings = check(&rules, &used);
    for finding in &findings {
        println!("  {finding}");
    }
    if !findings.is_empty() {
        fail!("{} findings", findings.len());
    }
    println!("{} crates keep deny.toml", used.len());
    println!("versions side by side: {}", duplicates(&used));
    Ok(())
}

/// What cargo would build with, for every platform. `cargo tree` leaves out optional crates that
/// no feature turns on; `cargo metadata` lists them.
fn used() -> Outcome<BTreeSet<Used>> {
    let tree = workspace::output(workspace::cargo([
        "tree",
        "--workspace",
        "--all-features",
        "--target",
        "all",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}\t{l}",
    ]))?;
    tree.lines()
        .filter(|line| !line.is_empty())
        .map(|line| parse(line).doing(format_args!("read this line of `cargo tree`: {line}")))
        .collect()
}

/// Reads `name v1.2.3 (proc-macro) (source)\tlicence (*)`.
fn parse(line: &str) -> Option<Used> {
    let (package, licence) = line.split_once('\t')?;
    let licence = licence.trim_end_matches(" (*)");
    let mut words = package.splitn(3, ' ');
    let name = words.next()?.to_owned();
    let version = words.next()?.strip_prefix('v')?.to_owned();
    let rest = words.next().unwrap_or_default().replace("(proc-macro)", "");
    let source = rest.trim().trim_start_matches('(').trim_end_matches(')');
    Some(Used {
        name,
        version,
        source: (!source.is_empty()).then(|| source.to_owned()),
        licence: licence.to_owned(),
    })
}

fn check(rules: &Rules, used: &BTreeSet<Used>) -> Vec<String> {
    let mut findings = Vec::new();
    for Used {
        name,
        version,
        source,
        licence,
    } in used
    {
        if let Some(ban) = rules.bans.deny.iter().find(|ban| ban.name == *name) {
            findings.push(format!(
                "{name} {version} is banned ({}); see: cargo tree --target all -i {name}",
                ban.reason
            ));
        }
        if !licence::is_allowed(licence, &rules.licenses.allow) {
            findings.push(format!(
                "{name} {version} has licence `{licence}`, which deny.toml does not allow"
            ));
        }
        if let Some(source) = source
            && !std::path::Path::new(source).starts_with(workspace::root())
        {
            findings.push(format!("{name} {version} comes from {source}; only the default registry and this workspace are allowed"));
        }
    }
    findings
}

fn duplicates(used: &BTreeSet<Used>) -> String {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in used {
        versions.entry(&one.name).or_default().push(&one.version);
    }
    let names: Vec<String> = versions
        .into_iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| format!("{name} {}", versions.join("+")))
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        toml::from_str(
            r#"
            [licenses]
            allow = ["MIT"]
            [bans]
            [[bans.deny]]
            crate = "ring"
            reason = "one provider"
            "#,
        )
        .expect("valid")
    }

    fn findings(line: &str) -> Vec<String> {
        check(
            &rules(),
            &BTreeSet::from([parse(line).expect("a line of cargo tree")]),
        )
    }

    #[test]
    fn lines_of_cargo_tree_are_read() {
        let used =
            parse("serde_derive v1.0.2 (proc-macro)\tMIT OR Apache-2.0 (*)").expect("readable");
        assert_eq!(
            (used.name.as_str(), used.version.as_str(), used.source),
            ("serde_derive", "1.0.2", None)
        );
        assert_eq!(used.licence, "MIT OR Apache-2.0");
        let ours = parse("x v0.1.0 (/a/b c)\tMIT").expect("readable");
        assert_eq!(ours.source.as_deref(), Some("/a/b c"));
    }

    #[test]
    fn a_clean_crate_passes() {
        assert_eq!(
            findings("serde v1.0.0\tMIT OR Apache-2.0"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn bans_licences_and_sources_are_found() {
        assert_eq!(findings("ring v0.17.0\tMIT").len(), 1);
        assert_eq!(findings("x v1.0.0\tGPL-3.0").len(), 1);
        assert_eq!(findings("x v1.0.0\t").len(), 1);
        assert_eq!(
            findings("x v1.0.0 (https://example.org/x.git#abc)\tMIT").len(),
            1
        );
        assert_eq!(findings("x v1.0.0 (registry `other`)\tMIT").len(), 1);
    }

    #[test]
    fn our_own_rules_can_be_read() {
        let text = std::fs::read_to_string(workspace::root().join("deny.toml")).expect("there");
        let rules: Rules = toml::from_str(&text).expect("valid");
        for banned in ["openssl", "openssl-sys", "native-tls", "ring"] {
            assert!(
                rules.bans.deny.iter().any(|ban| ban.name == banned),
                "{banned}"
            );
        }
    }
}
