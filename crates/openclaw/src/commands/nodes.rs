//! `openclaw nodes`

mod camera;
mod canvas;
mod describe;
mod invoke;
mod list;
mod location;
mod media;
mod notify;
mod on;
mod pairing;
mod run;
mod screen;

use crate::app::App;
use crate::cli::nodes::NodesCommand;
use crate::cli::nodes::camera::CameraCommand;
use crate::cli::nodes::location::LocationCommand;
use crate::cli::nodes::screen::ScreenCommand;
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
        NodesCommand::Run(args) => runtime
            .block_on(Box::pin(run::run(app, &args)))
            .map_err(labelled("nodes run failed")),
        NodesCommand::Notify(args) => runtime
            .block_on(notify::notify(app, &args))
            .map_err(labelled("nodes notify failed")),
        NodesCommand::Camera(CameraCommand::List(args)) => runtime
            .block_on(camera::list(app, &args))
            .map_err(labelled("nodes camera list failed")),
        NodesCommand::Camera(CameraCommand::Snap(args)) => runtime
            .block_on(camera::snap(app, &args))
            .map_err(labelled("nodes camera snap failed")),
        NodesCommand::Camera(CameraCommand::Clip(args)) => runtime
            .block_on(camera::clip(app, &args))
            .map_err(labelled("nodes camera clip failed")),
        NodesCommand::Screen(ScreenCommand::Record(args)) => runtime
            .block_on(screen::record(app, &args))
            .map_err(labelled("nodes screen record failed")),
        NodesCommand::Location(LocationCommand::Get(args)) => runtime
            .block_on(location::get(app, &args))
            .map_err(labelled("nodes location get failed")),
        NodesCommand::Canvas(command) => runtime
            .block_on(canvas::run(app, &command))
            .map_err(labelled(canvas::label(&command))),
    }
}

fn labelled(label: &'static str) -> impl Fn(CliError) -> CliError {
    move |error| error.labelled(label)
}
