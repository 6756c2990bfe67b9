//! `cargo xtask trial`: from README alone to a Gateway on another host.
//!
//! The other host is a network namespace with a user, an `sshd` and a Gateway of its own; this one
//! is another. The way leads by SSH, by TLS with a pin, and over a tailnet that is stood in for.
//! Every command is shown with its outcome. Nothing leaves the machine.
//!
//! The walk itself is `crates/openclaw/tests/docs`, which walks `docs/remote.md` as well.

use crate::failure::{Doing, Outcome, fail};
use crate::workspace;

/// What the walk says where this machine cannot make such networks.
const NOT_TESTED: &str = "NOT TESTED";

/// Arguments of `cargo xtask trial`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Walk the page on remote access too, in both languages.
    #[arg(long)]
    pages: bool,
    /// Fail where this machine cannot make networks, instead of only saying so.
    #[arg(long)]
    must: bool,
}

/// Walks.
pub(crate) fn run(args: &Args) -> Outcome {
    let filter = if args.pages { "" } else { "trial::" };
    let mut command = workspace::cargo(["test", "-p", "openclaw", "--test", "docs", "--"]);
    command.args(["--nocapture", "--test-threads", "1", filter]);
    let text = workspace::render(&command);
    let output = command.output().doing(format_args!("run `{text}`"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    print!("{said}");
    if !output.status.success() {
        fail!("the trial failed:\n{complained}");
    }
    let Some(lacking) = complained.lines().find(|line| line.contains(NOT_TESTED)) else {
        return Ok(());
    };
    if args.must {
        fail!("{lacking}");
    }
    println!("********************************************************************");
    println!("{lacking}");
    println!("It takes root, or unprivileged user namespaces, and the programs above.");
    println!("********************************************************************");
    Ok(())
}
