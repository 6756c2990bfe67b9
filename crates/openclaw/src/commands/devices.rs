//! `openclaw devices`

pub(crate) mod desk;
mod list;
mod pairing;
mod refused;
mod tokens;

use crate::app::App;
use crate::cli::devices::DevicesCommand;
use crate::error::CliError;
use crate::runtime;

/// Does what was asked.
pub(crate) fn run(app: &App, command: DevicesCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    match command {
        DevicesCommand::List(args) => runtime.block_on(list::list(app, &args)),
        DevicesCommand::Approve(args) => runtime.block_on(pairing::approve(app, &args)),
        DevicesCommand::Reject(args) => runtime.block_on(pairing::reject(app, &args)),
        DevicesCommand::Remove(args) => runtime.block_on(pairing::remove(app, &args)),
        DevicesCommand::Rotate(args) => runtime
            .block_on(tokens::rotate(app, &args))
            .map_err(CliError::always_json),
        DevicesCommand::Revoke(args) => runtime
            .block_on(tokens::revoke(app, &args))
            .map_err(CliError::always_json),
    }
}
