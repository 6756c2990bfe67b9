//! What every crate must have: the workspace lints and a crate doc.

use serde::Deserialize;

use super::metadata::Package;
use crate::failure::{Doing, Outcome};
use crate::workspace;

#[derive(Deserialize)]
struct Manifest {
    lints: Option<Lints>,
}

#[derive(Deserialize)]
struct Lints {
    workspace: Option<bool>,
}

/// One finding per crate that lacks something.
pub(super) fn check(packages: &[Package]) -> Outcome<Vec<String>> {
    let mut findings = Vec::new();
    for package in packages {
        let path = &package.manifest_path;
        let text = std::fs::read_to_string(path).doing(format_args!("read {}", path.display()))?;
        if !inherits_lints(&text).doing(format_args!("read {}", path.display()))? {
            findings.push(format!(
                "{}: lacks `[lints]` with `workspace = true`",
                workspace::short(path)
            ));
        }
        let source = path.with_file_name("src");
        let roots = ["lib.rs", "main.rs"].map(|name| source.join(name));
        let mut has_root = false;
        for root in roots.iter().filter(|root| root.is_file()) {
            has_root = true;
            let text =
                std::fs::read_to_string(root).doing(format_args!("read {}", root.display()))?;
            if !text.starts_with("//!") {
                findings.push(format!(
                    "{}: lacks a crate doc (`//!`)",
                    workspace::short(root)
                ));
            }
        }
        if !has_root {
            findings.push(format!(
                "{}: neither lib.rs nor main.rs",
                workspace::short(&source)
            ));
        }
    }
    Ok(findings)
}

fn inherits_lints(manifest: &str) -> Result<bool, toml::de::Error> {
    let manifest: Manifest = toml::from_str(manifest)?;
    Ok(manifest.lints.and_then(|lints| lints.workspace) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_inherited_only_where_it_says_so() {
        assert_eq!(inherits_lints("[lints]\nworkspace = true\n"), Ok(true));
        assert_eq!(inherits_lints("[lints]\nworkspace = false\n"), Ok(false));
        assert_eq!(
            inherits_lints("[lints.clippy]\nall = \"warn\"\n"),
            Ok(false)
        );
        assert_eq!(inherits_lints("[package]\nname = \"x\"\n"), Ok(false));
    }
}
