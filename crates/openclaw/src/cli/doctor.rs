//! `openclaw doctor`

use clap::Args;

use super::target::TargetArgs;

// Options of `doctor`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the original"
)]
pub(crate) struct DoctorArgs {
    /// Mend what is safe to mend, and print each thing that was done. Then look again
    #[arg(long, alias = "repair")]
    pub(crate) fix: bool,
    /// Also ask the running Gateway what it should refuse, and list what is only worth knowing
    #[arg(long)]
    pub(crate) deep: bool,
    /// Nothing is ever asked: accepted for scripts
    #[arg(long, hide = true)]
    pub(crate) non_interactive: bool,
    /// Nothing is ever asked: accepted for scripts
    #[arg(long, hide = true)]
    pub(crate) yes: bool,
    /// Which Gateway.
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
