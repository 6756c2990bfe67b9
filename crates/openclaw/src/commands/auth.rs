//! `openclaw auth`

mod client;
mod digest;
mod explain;
mod ignored;
mod mend;
mod places;
mod print;
mod server;

use crate::app::App;
use crate::cli::auth::AuthCommand;
use crate::error::CliError;

/// Does what was asked.
pub(crate) fn run(app: &App, command: AuthCommand) -> Result<(), CliError> {
    let AuthCommand::Explain(args) = command;
    explain::run(app, &args)
}
