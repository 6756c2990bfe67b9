//! `openclaw security`

mod audit;
pub(crate) mod fix;
pub(crate) mod gather;
pub(crate) mod probe;
mod report;
mod tighten;

use crate::app::App;
use crate::cli::security::SecurityCommand;
use crate::error::CliError;
use crate::runtime;

/// Does what was asked.
pub(crate) fn run(app: &App, command: SecurityCommand) -> Result<(), CliError> {
    let SecurityCommand::Audit(args) = command;
    runtime::one_shot()?.block_on(audit::run(app, &args))
}
