//! `openclaw approvals`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::examples::operate as examples;
use super::target::TargetArgs;
use super::value;

// The second word after `approvals`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum ApprovalsCommand {
    /// Show what may run without asking
    #[command(after_help = examples::APPROVALS_GET)]
    Get(ApprovalsGetArgs),
    /// Replace everything that is said about it
    #[command(after_help = examples::APPROVALS_SET)]
    Set(ApprovalsSetArgs),
    /// Change the list of programs that may run
    #[command(subcommand, after_help = examples::APPROVALS_ALLOWLIST)]
    Allowlist(AllowlistCommand),
    /// Show the commands that wait for somebody's permission
    #[command(visible_alias = "list", after_help = examples::APPROVALS_PENDING)]
    Pending(ApprovalsPendingArgs),
    /// Show one of them, with everything that is known about it
    #[command(after_help = examples::APPROVALS_SHOW)]
    Show(ApprovalsShowArgs),
    /// Permit a command that waits, or turn it down
    #[command(after_help = examples::APPROVALS_RESOLVE)]
    Resolve(ApprovalsResolveArgs),
}

// The third word after `approvals allowlist`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum AllowlistCommand {
    /// Let a program run
    #[command(after_help = examples::APPROVALS_ALLOWLIST_ADD)]
    Add(AllowlistArgs),
    /// Take a program off the list
    #[command(after_help = examples::APPROVALS_ALLOWLIST_REMOVE)]
    Remove(AllowlistArgs),
}

// Whose approvals. Without an option, those of this machine.
#[derive(Debug, Clone, Args)]
pub(crate) struct WhoseArgs {
    /// Those of the Gateway; any option that chooses a Gateway means this, too
    #[arg(long, conflicts_with = "node")]
    pub(crate) gateway: bool,
    /// Those of this node: its id, at least six characters of it, its address or its name
    #[arg(long, value_name = "NODE", value_parser = value::not_blank)]
    pub(crate) node: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// Options of `approvals get`.
#[derive(Debug, Args)]
pub(crate) struct ApprovalsGetArgs {
    /// Whose.
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
}

// Options of `approvals set`.
#[derive(Debug, Args)]
pub(crate) struct ApprovalsSetArgs {
    /// File with everything that is to hold, as `openclaw approvals get --json` shows it in `file`
    #[arg(long, value_name = "FILE", required_unless_present = "stdin")]
    pub(crate) file: Option<PathBuf>,
    /// Read it from standard input
    #[arg(long, conflicts_with = "file")]
    pub(crate) stdin: bool,
    /// Whose.
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
}

// Options of `approvals allowlist add|remove`.
#[derive(Debug, Args)]
pub(crate) struct AllowlistArgs {
    /// The program: a path, in which `*` stands for anything
    #[arg(value_name = "PATTERN", value_parser = value::not_blank)]
    pub(crate) pattern: String,
    /// For this agent; `*` is every agent
    #[arg(long, value_name = "AGENT", value_parser = value::not_blank, default_value = "*")]
    pub(crate) agent: String,
    /// Whose.
    #[command(flatten)]
    pub(crate) whose: WhoseArgs,
}

// Nothing but a Gateway.
#[derive(Debug, Args)]
pub(crate) struct ApprovalsPendingArgs {
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One command that waits.
#[derive(Debug, Args)]
pub(crate) struct ApprovalsShowArgs {
    /// Its id, as `openclaw approvals pending` shows it
    #[arg(value_name = "ID", value_parser = value::not_blank)]
    pub(crate) id: String,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

// One command that waits, and the answer.
#[derive(Debug, Args)]
pub(crate) struct ApprovalsResolveArgs {
    /// Its id, as `openclaw approvals pending` shows it
    #[arg(value_name = "ID", value_parser = value::not_blank)]
    pub(crate) id: String,
    /// The answer: allow-once, allow-always or deny
    #[arg(value_name = "DECISION", value_parser = ["allow-once", "allow-always", "deny"])]
    pub(crate) decision: String,
    /// Days for which allow-always holds, up to 3650; without it as the Gateway is configured
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub(crate) expires_in_days: Option<u64>,
    /// A note that is printed with the result; it goes nowhere else
    #[arg(long, value_name = "TEXT", value_parser = value::not_blank)]
    pub(crate) reason: Option<String>,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
