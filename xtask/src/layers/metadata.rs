//! What cargo knows about our crates.

use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::{Doing, Outcome};
use crate::workspace;

/// One crate of the workspace.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    /// The package name, `openclaw-protocol`.
    pub(super) name: String,
    /// Its `Cargo.toml`.
    pub(super) manifest_path: PathBuf,
    /// What it declares, of every kind.
    pub(super) dependencies: Vec<Dependency>,
}

/// One declared dependency.
#[derive(Debug, Deserialize)]
pub(super) struct Dependency {
    /// The package name.
    pub(super) name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub(super) kind: Option<String>,
}

impl Package {
    /// The name in the table of crates.
    pub(super) fn short_name(&self) -> &str {
        short_name(&self.name)
    }

    /// Names of ours among its normal and build dependencies.
    pub(super) fn uses(&self) -> impl Iterator<Item = &str> {
        self.dependencies
            .iter()
            .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
            .filter(|dependency| is_ours(&dependency.name))
            .map(|dependency| short_name(&dependency.name))
    }
}

fn short_name(package: &str) -> &str {
    // A program is called by its whole name.
    if package == "openclaw-node" {
        return package;
    }
    package.strip_prefix("openclaw-").unwrap_or(package)
}

fn is_ours(package: &str) -> bool {
    package.starts_with("openclaw-") || matches!(package, "openclaw" | "xtask")
}

/// Every crate of the workspace.
pub(super) fn workspace_packages() -> Outcome<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let text = workspace::output(workspace::cargo([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
    ]))?;
    let metadata: Metadata = serde_json::from_str(&text).doing("read `cargo metadata`")?;
    Ok(metadata.packages)
}
