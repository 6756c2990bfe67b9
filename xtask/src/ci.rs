//! `cargo xtask ci`: what CI runs, each part alone as well.

use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::failure::{Outcome, fail};
use crate::{coverage, deny, environment, generate, interop, layers, replay, trial, workspace};

/// Arguments of `cargo xtask ci`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One step only; without it all of them, in order.
    step: Option<Step>,
}

/// One part of CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// `cargo fmt --check`.
    Fmt,
    /// Clippy over everything, warnings denied.
    Lint,
    /// All tests, and the doc tests.
    Test,
    /// Recorded cases of the originals that are replayed, counted.
    Replay,
    /// Lines that tests run, where a share of them is demanded.
    Coverage,
    /// rustdoc, warnings denied.
    Doc,
    /// Who uses whom, and the rules of the house.
    Layers,
    /// Generated files are up to date.
    Gen,
    /// Bans, licences and sources of dependencies.
    Deny,
    /// README's way to another host, tried as a new user would.
    Trial,
    /// The original programs against ours.
    Interop,
}

impl Step {
    fn run(self) -> Outcome {
        match self {
            Self::Fmt => workspace::run(workspace::cargo(["fmt", "--all", "--check"])),
            Self::Lint => workspace::run(workspace::cargo([
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])),
            Self::Test => test(),
            Self::Replay => replay::run(),
            Self::Coverage => coverage::check(),
            Self::Doc => {
                let mut command = workspace::cargo(["doc", "--no-deps", "--workspace"]);
                command.env("RUSTDOCFLAGS", "-Dwarnings");
                workspace::run(command)
            }
            Self::Layers => layers::run(),
            Self::Gen => generate::check(),
            Self::Deny => deny::run(),
            Self::Trial => trial::run(&trial::Args::default()),
            Self::Interop => interop::run(&interop::Args::default()),
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .expect("no step is skipped")
            .get_name()
            .to_owned()
    }
}

/// Runs one step or all; a failed step does not keep the later ones from running.
pub(crate) fn run(args: &Args) -> Outcome {
    let start = Instant::now();
    let steps = match &args.step {
        Some(step) => std::slice::from_ref(step),
        None => Step::value_variants(),
    };
    let mut failed = Vec::new();
    for step in steps {
        let name = step.name();
        println!("==> {name}");
        let started = Instant::now();
        let outcome = step.run();
        let took = seconds(started.elapsed());
        match outcome {
            Ok(()) => println!("<== {name}: ok, {took}\n"),
            Err(failure) => {
                println!("<== {name}: FAILED, {took}: {failure}");
                println!("    run it again: cargo xtask ci {name}\n");
                failed.push(name);
            }
        }
    }
    println!("total {}", seconds(start.elapsed()));
    if !failed.is_empty() {
        let again: Vec<_> = failed
            .iter()
            .map(|name| format!("  cargo xtask ci {name}"))
            .collect();
        fail!(
            "{} of {} steps failed; run again:\n{}",
            failed.len(),
            steps.len(),
            again.join("\n")
        );
    }
    Ok(())
}

/// Tests by nextest where it is, and the doc tests, which nextest leaves out.
fn test() -> Outcome {
    if environment::which("cargo-nextest").is_some() {
        let all = ["nextest", "run", "--workspace", "--no-fail-fast"];
        workspace::run(workspace::cargo(all))?;
    } else {
        println!("cargo-nextest is not installed; `cargo test` runs the tests instead");
        let all = ["test", "--workspace", "--all-targets", "--no-fail-fast"];
        workspace::run(workspace::cargo(all))?;
    }
    workspace::run(workspace::cargo(["test", "--workspace", "--doc"]))
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}
