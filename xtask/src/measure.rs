//! `measure PROGRAM [ARGUMENT]…`: runs a program once, to its end, and says what it cost.
//!
//! A process of its own, because the kernel counts the memory that a parent had when it started
//! a child to the child: this one is small.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what it prints is its result"
)]

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// Prints the wall time in microseconds, the CPU time in microseconds and the peak of resident
/// memory in KiB. Fails where the program fails.
fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: measure PROGRAM [ARGUMENT]…");
        return ExitCode::FAILURE;
    };
    let began = Instant::now();
    let status = Command::new(&program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    let took = began.elapsed();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => {
            eprintln!("{}: {status}", program.display());
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            return ExitCode::FAILURE;
        }
    }
    // There was one child.
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else {
        eprintln!("the system does not say what the program cost");
        return ExitCode::FAILURE;
    };
    println!(
        "{} {} {}",
        took.as_micros(),
        (usage.user_time() + usage.system_time()).num_microseconds(),
        usage.max_rss()
    );
    ExitCode::SUCCESS
}
