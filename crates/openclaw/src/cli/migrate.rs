//! `openclaw migrate`

use std::path::PathBuf;

use clap::Args;

// Options of `migrate`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// The state directory of the original, if it is another one than this Gateway's
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Only show what would be taken over; nothing is written
    #[arg(long)]
    pub(crate) dry_run: bool,
}
