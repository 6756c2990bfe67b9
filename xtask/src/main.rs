//! Builds, checks, generates and measures this workspace.
//!
//! | To find | Open |
//! | --- | --- |
//! | what CI runs | [`ci`] |
//! | who may use whom, and the house rules | [`layers`] |
//! | which dependencies are allowed | [`deny`] |
//! | generated files | [`generate`] |
//! | tests against the original programs | [`interop`] |
//! | measurements beside a bare server | [`mod@bench`] |
//! | bad input by the million | [`fuzz`] |
//! | lines that no test runs | [`coverage`] |
//! | README, tried as a new user would | [`trial`] |
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for people: what it prints is its result"
)]

mod bench;
mod ci;
mod client;
mod coverage;
mod deny;
mod environment;
mod failure;
mod fuzz;
mod generate;
mod interop;
mod layers;
mod proc;
mod replay;
mod tree;
mod trial;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, checks, generates and measures this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Runs what CI runs: everything in order, or one step.
    Ci(ci::Args),
    /// Checks who uses whom, and the rules of the house.
    Layers,
    /// Writes the generated files, or checks that they are up to date.
    Gen(generate::Args),
    /// Installs the original programs and drives them against ours, in both directions.
    Interop(interop::Args),
    /// Measures the Gateway beside a bare WebSocket server.
    Bench(bench::Args),
    /// Runs the fuzz targets for a while.
    Fuzz(fuzz::Args),
    /// Measures which lines of a crate its own tests run.
    Coverage(coverage::Args),
    /// Reaches a Gateway on another host by README alone, in networks of its own.
    Trial(trial::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Ci(args) => ci::run(&args),
        Task::Layers => layers::run(),
        Task::Gen(args) => generate::run(&args),
        Task::Interop(args) => interop::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Coverage(args) => coverage::run(&args),
        Task::Trial(args) => trial::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
