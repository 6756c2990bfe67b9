//! `openclaw auth`

use clap::{Args, Subcommand};

use super::examples;
use super::target::TargetArgs;

// The second word after `auth`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum AuthCommand {
    /// Show which credential counts, where it comes from, which others disagree, and what to do
    #[command(after_help = examples::AUTH_EXPLAIN)]
    Explain(AuthExplainArgs),
}

// Options of `auth explain`.
#[derive(Debug, Args)]
pub(crate) struct AuthExplainArgs {
    /// Which Gateway. Nothing is sent to it.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
