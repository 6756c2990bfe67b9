//! `openclaw completion`

use clap::CommandFactory;

use crate::app::App;
use crate::cli::Cli;
use crate::cli::meta::CompletionArgs;
use crate::error::CliError;

/// Prints the completion script of a shell.
pub(crate) fn run(app: &App, args: &CompletionArgs) -> Result<(), CliError> {
    if app.out.is_json() {
        return Err(CliError::usage("a completion script is no JSON").hint("leave out --json"));
    }
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "openclaw", &mut script);
    app.out.text(&String::from_utf8_lossy(&script))
}
