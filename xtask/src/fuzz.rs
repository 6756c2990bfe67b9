//! `cargo xtask fuzz`: every fuzz target for a while, on the stable compiler.
//!
//! The targets are those of `fuzz/Cargo.toml`; what they assert stands in `fuzz/src`. A run
//! begins with the stored corpus and keeps what it finds in `target/fuzz/corpus`; `--keep` adds
//! the smallest inputs that reach as much to the stored one.
//!
//! | To find | Open |
//! | --- | --- |
//! | how the fuzzers are built | [`build`] |
//! | one run, and what it says | [`engine`] |
//! | the stored corpus | [`corpus`] |

mod build;
mod corpus;
mod engine;

use crate::failure::{Outcome, fail};

/// Arguments of `cargo xtask fuzz`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Targets; without any, all of them, one after the other.
    targets: Vec<String>,
    /// How long each target runs.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,
    /// Print the targets and end.
    #[arg(long)]
    list: bool,
    /// Add to the stored corpus what reaches more, as small as it can be.
    #[arg(long)]
    keep: bool,
}

/// Builds the fuzzers and runs them; a finding fails, after the others have run.
pub(crate) fn run(args: &Args) -> Outcome {
    let all = build::targets()?;
    if args.list {
        for name in &all {
            println!("{name}");
        }
        return Ok(());
    }
    if let Some(unknown) = args.targets.iter().find(|name| !all.contains(name)) {
        fail!(
            "there is no fuzz target `{unknown}`; there are: {}",
            all.join(", ")
        );
    }
    let chosen = if args.targets.is_empty() {
        &all
    } else {
        &args.targets
    };
    println!("building {} fuzzers", chosen.len());
    let fuzzers = build::fuzzers(chosen)?;
    println!("{}", engine::HEAD);
    let mut findings = Vec::new();
    for fuzzer in &fuzzers {
        let report = engine::run(fuzzer, args.seconds)?;
        println!("{report}");
        if args.keep && report.finding.is_none() {
            corpus::keep(fuzzer)?;
        }
        findings.extend(report.finding);
    }
    if !findings.is_empty() {
        let lines: Vec<_> = findings
            .iter()
            .map(|finding| format!("  {finding}"))
            .collect();
        fail!("{} findings:\n{}", findings.len(), lines.join("\n"));
    }
    Ok(())
}
