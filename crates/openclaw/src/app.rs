//! What every command is given: environment, paths, output.

use openclaw_config::{Env, LoadError, Loaded, PathError, PathFlags, Paths, env};

use crate::cli::global::GlobalArgs;
use crate::error::CliError;
use crate::render::Output;

/// What every command is given.
#[derive(Debug)]
pub(crate) struct App {
    /// The environment with the state directory's `.env`.
    pub(crate) env: Env,
    /// Where everything lives.
    pub(crate) paths: Paths,
    /// Where results go.
    pub(crate) out: Output,
    /// Options of every command.
    pub(crate) global: GlobalArgs,
}

/// The version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

impl App {
    /// Reads the environment and decides the paths.
    pub(crate) fn new(global: GlobalArgs) -> Result<Self, CliError> {
        let env = Env::from_process();
        let flags = PathFlags {
            profile: global.profile.clone(),
            dev: global.dev,
        };
        let paths = Paths::resolve(&env, &flags).map_err(|error| refused_paths(&error))?;
        let env = env
            .completed_by_file(&paths.dotenv_file())
            .map_err(|error| CliError::config(error.to_string()))?;
        let plain = global.no_color || env.os(env::NO_COLOR).is_some_and(|value| !value.is_empty());
        let out = Output::new(global.json, plain, paths.home().map(ToOwned::to_owned));
        Ok(Self {
            env,
            paths,
            out,
            global,
        })
    }

    /// Loads the configuration.
    pub(crate) fn load_config(&self) -> Result<Loaded, CliError> {
        self.try_load_config()
            .map_err(|error| refused_config(&error))
    }

    /// Loads the configuration, for commands that go on without one.
    pub(crate) fn try_load_config(&self) -> Result<Loaded, LoadError> {
        openclaw_config::load(self.paths.config_file(), &self.env)
    }
}

/// The refusal of a place that cannot be told.
pub(crate) fn refused_paths(error: &PathError) -> CliError {
    match error {
        PathError::ProfileNeedsValue | PathError::BadProfileFlag | PathError::DevWithProfile => {
            CliError::usage(error.to_string())
        }
        _ => CliError::config(error.to_string()),
    }
}

/// The refusal of an unreadable or invalid configuration, with everything that is wrong.
pub(crate) fn refused_config(error: &LoadError) -> CliError {
    let refusal = CliError::config(error.to_string());
    match error {
        LoadError::Invalid(invalid) => refusal
            .kind("config_invalid")
            .field("path", invalid.path.display().to_string())
            .field("issues", serde_json::json!(invalid.issues))
            .hint("openclaw config validate"),
        _ => refusal
            .hint("the file must be this user's to read; OPENCLAW_CONFIG_PATH names another one"),
    }
}
