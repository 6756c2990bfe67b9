//! `openclaw config`

use clap::{Args, Subcommand};

use super::examples;

// The second word after `config`.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum ConfigCommand {
    /// Print a value; secrets are not shown
    #[command(after_help = examples::CONFIG_GET)]
    Get(ConfigPathArgs),
    /// Change a value, checked before it is written
    #[command(after_help = examples::CONFIG_SET)]
    Set(ConfigSetArgs),
    /// Remove a value
    #[command(after_help = examples::CONFIG_UNSET)]
    Unset(ConfigPathArgs),
    /// Check the configuration and print everything that is wrong
    #[command(after_help = examples::CONFIG_VALIDATE)]
    Validate,
    /// Print the path of the configuration file
    #[command(after_help = examples::CONFIG_FILE)]
    File,
    /// Print the JSON Schema of the configuration
    #[command(after_help = examples::CONFIG_SCHEMA)]
    Schema,
}

// A place in the configuration.
#[derive(Debug, Args)]
pub(crate) struct ConfigPathArgs {
    /// The place: keys with dots between them, `[0]` for a place in a list
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
}

// A place in the configuration and what is to stand there.
#[derive(Debug, Args)]
pub(crate) struct ConfigSetArgs {
    /// The place: keys with dots between them, `[0]` for a place in a list
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// The value as JSON5; anything else is taken as text
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) value: String,
}
