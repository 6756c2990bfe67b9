//! `openclaw nodes`

mod describe;
mod invoke;
mod list;
mod pairing;

use crate::app::App;
use crate::cli::nodes::NodesCommand;
use crate::error::CliError;
use crate::runtime;

/// Does what was asked.
pub(crate) fn run(app: &App, command: NodesCommand) -> Result<(), CliError> {
    let runtime = runtime::one_shot()?;
    match command {
        NodesCommand::Status(args) => runtime
            .block_on(list::status(app, &args))
            .map_err(labelled("nodes status failed")),
        NodesCommand::List(args) => runtime
            .block_on(list::list(app, &args))
            .map_err(labelled("nodes list failed")),
        NodesCommand::Describe(args) => runtime
            .block_on(describe::describe(app, &args))
            .map_err(labelled("nodes describe failed")),
        NodesCommand::Pending(args) => runtime
            .block_on(list::pending(app, &args))
            .map_err(labelled("nodes pending failed")),
        NodesCommand::Approve(args) => runtime
            .block_on(pairing::approve(app, &args))
            .map_err(labelled("nodes approve failed"))
            .map_err(CliError::always_json),
        NodesCommand::Reject(args) => runtime
            .block_on(pairing::reject(app, &args))
            .map_err(labelled("nodes reject failed"))
            .map_err(CliError::always_json),
        NodesCommand::Remove(args) => runtime
            .block_on(pairing::remove(app, &args))
            .map_err(labelled("nodes remove failed")),
        NodesCommand::Rename(args) => runtime
            .block_on(pairing::rename(app, &args))
            .map_err(labelled("nodes rename failed")),
        NodesCommand::Invoke(args) => runtime
            .block_on(invoke::invoke(app, args))
            .map_err(labelled("nodes invoke failed"))
            .map_err(CliError::always_json),
    }
}

fn labelled(label: &'static str) -> impl Fn(CliError) -> CliError {
    move |error| error.labelled(label)
}
