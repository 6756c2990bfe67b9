//! Options of every command.

use clap::Args;

use openclaw_config::schema::LogLevel;

use super::value;

// Options of every command, before or after its words.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct GlobalArgs {
    /// Use the state, configuration and port of this profile (`~/.openclaw-NAME`)
    #[arg(long, global = true, value_name = "NAME", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
    /// Use the profile `dev`: a Gateway beside the real one, on port 19001
    #[arg(long, global = true, help_heading = HEADING)]
    pub(crate) dev: bool,
    /// Print no colour
    #[arg(long, global = true, help_heading = HEADING)]
    pub(crate) no_color: bool,
    /// Say more or less on stderr
    #[arg(long, global = true, value_name = "LEVEL", value_parser = value::log_level(), help_heading = HEADING)]
    pub(crate) log_level: Option<LogLevel>,
    /// Print JSON: results, and errors as `{"ok":false,"error":{…}}`
    #[arg(long, global = true, help_heading = HEADING)]
    pub(crate) json: bool,
}

const HEADING: &str = "Options of every command";
