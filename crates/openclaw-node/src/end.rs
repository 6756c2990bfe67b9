//! How the program ends, and what the exit code says.

use std::fmt::Display;
use std::process::ExitCode;

use openclaw_config::EXIT_CONFIG;
use openclaw_node_host::launch::{LaunchError, LaunchFailure, harmless};
use serde_json::json;

/// An end that nobody asked for.
#[derive(Debug)]
pub(crate) struct End {
    code: u8,
    message: String,
}

const FAILURE: u8 = 1;
const USAGE: u8 = 2;

impl End {
    /// It could not do it.
    pub(crate) fn failure(why: impl Display) -> Self {
        Self::new(FAILURE, why)
    }

    /// Its files or its configuration forbid it.
    pub(crate) fn config(why: impl Display) -> Self {
        Self::new(EXIT_CONFIG, why)
    }

    fn new(code: u8, why: impl Display) -> Self {
        Self {
            code,
            message: why.to_string(),
        }
    }

    /// What arguments that are none come to; texts that were asked for are no failure.
    pub(crate) fn of_arguments(error: &clap::Error) -> ExitCode {
        ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
    }

    /// Says it, and gives the exit code.
    #[expect(
        clippy::print_stdout,
        clippy::print_stderr,
        reason = "the program's last word"
    )]
    pub(crate) fn tell(&self, json: bool) -> ExitCode {
        if json {
            let error = json!({ "type": "node_failed", "message": self.message });
            println!("{}", json!({ "ok": false, "error": error }));
        } else {
            eprintln!("Node host failed: {}", harmless(&self.message));
        }
        ExitCode::from(self.code)
    }
}

impl From<LaunchError> for End {
    fn from(error: LaunchError) -> Self {
        let code = match error.failure() {
            LaunchFailure::Usage => USAGE,
            LaunchFailure::Config => EXIT_CONFIG,
            _ => FAILURE,
        };
        Self::new(code, error)
    }
}
