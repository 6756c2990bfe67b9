//! Building the fuzzers: with the coverage that libFuzzer needs, which the stable compiler can
//! add, and with overflow checks.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::failure::{Doing, Outcome};
use crate::workspace;

/// What `cargo fuzz` passes too, but for the sanitizer: our crates forbid unsafe code.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
    -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1";

/// One fuzzer that is built.
#[derive(Debug)]
pub(super) struct Fuzzer {
    /// The target.
    pub(super) name: String,
    /// The program.
    pub(super) program: PathBuf,
}

#[derive(Deserialize)]
struct Manifest {
    bin: Vec<Binary>,
}

#[derive(Deserialize)]
struct Binary {
    name: String,
}

/// The targets in `fuzz/Cargo.toml`.
pub(super) fn targets() -> Outcome<Vec<String>> {
    let path = workspace::root().join("fuzz/Cargo.toml");
    let text = std::fs::read_to_string(&path).doing("read fuzz/Cargo.toml")?;
    let manifest: Manifest = toml::from_str(&text).doing("read fuzz/Cargo.toml")?;
    Ok(manifest.bin.into_iter().map(|binary| binary.name).collect())
}

/// Builds these targets in a folder of their own. The host is named, so that build scripts and
/// macros are built without coverage.
pub(super) fn fuzzers(names: &[String]) -> Outcome<Vec<Fuzzer>> {
    let host = host()?;
    let mut command = workspace::cargo([
        "build",
        "--message-format=json-render-diagnostics",
        "--release",
        "-p",
        "openclaw-fuzz",
        "--features",
        "libfuzzer",
        "--target-dir",
        "target/fuzz",
        "--config",
        "profile.release.lto=\"off\"",
        "--config",
        "profile.release.debug=\"line-tables-only\"",
        "--config",
        "profile.release.strip=\"none\"",
    ]);
    command.arg("--target").arg(&host);
    for name in names {
        command.arg("--bin").arg(name);
    }
    command.env("RUSTFLAGS", COVERAGE);
    command.env_remove("CARGO_ENCODED_RUSTFLAGS");
    let stdout = workspace::output(command)?;
    let messages: Vec<serde_json::Value> = stdout
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    names
        .iter()
        .map(|name| {
            let program = messages
                .iter()
                .filter(|message| message["target"]["name"] == name.as_str())
                .find_map(|message| message["executable"].as_str())
                .doing(format_args!("find the fuzzer `{name}` in what cargo built"))?;
            Ok(Fuzzer {
                name: name.clone(),
                program: program.into(),
            })
        })
        .collect()
}

/// The triple of this machine.
fn host() -> Outcome<String> {
    let mut command = Command::new(crate::environment::rustc());
    command.current_dir(workspace::root()).arg("-vV");
    let text = workspace::output(command)?;
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .doing("find the host in what `rustc -vV` prints")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_targets_are_listed() {
        let targets = super::targets().expect("the manifest is readable");
        for name in [
            "frame",
            "connect_params",
            "forwarded_headers",
            "fingerprint",
            "config",
            "certificate",
        ] {
            assert!(targets.iter().any(|target| target == name), "{name}");
        }
    }
}
