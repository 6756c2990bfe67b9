//! Why a secret is unavailable.

use std::io;
use std::path::PathBuf;

/// Why a secret is unavailable. `at` is the path at which it is configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// A variable without a value.
    #[error("{at}: environment variable {variable} is not set; set it, or change {at}")]
    Unset {
        /// Where the secret is configured.
        at: String,
        /// The variable.
        variable: String,
    },
    /// What stands there is neither text nor a reference.
    #[error("{at}: {why}")]
    Malformed {
        /// Where the secret is configured.
        at: String,
        /// What is wrong.
        why: String,
    },
    /// The original's store.
    #[error(
        "{at}: secret references with source \"store\" are not supported; use env, file or exec"
    )]
    NoStore {
        /// Where the secret is configured.
        at: String,
    },
    /// A provider that is not declared.
    #[error("{at}: secrets.providers.{provider} is not configured; add it with source \"{kind}\"")]
    NoProvider {
        /// Where the secret is configured.
        at: String,
        /// The provider.
        provider: String,
        /// The kind of place that the reference names.
        kind: &'static str,
    },
    /// A provider whose declaration is wrong.
    #[error("{at}: secrets.providers.{provider}: {why}")]
    BadProvider {
        /// Where the secret is configured.
        at: String,
        /// The provider.
        provider: String,
        /// What is wrong.
        why: String,
    },
    /// A file that cannot be read.
    #[error("{at}: cannot read secret file {path}: {source}")]
    File {
        /// Where the secret is configured.
        at: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that does not hold what was asked for, or that others may change.
    #[error("{at}: secret file {path}: {why}")]
    FileContent {
        /// Where the secret is configured.
        at: String,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A command that must not be run, or whose answer is no secret.
    #[error("{at}: secret command {command}: {why}")]
    Command {
        /// Where the secret is configured.
        at: String,
        /// The command.
        command: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl SecretError {
    /// The path at which the secret is configured.
    #[must_use]
    pub fn at(&self) -> &str {
        match self {
            Self::Unset { at, .. }
            | Self::Malformed { at, .. }
            | Self::NoStore { at }
            | Self::NoProvider { at, .. }
            | Self::BadProvider { at, .. }
            | Self::File { at, .. }
            | Self::FileContent { at, .. }
            | Self::Command { at, .. } => at,
        }
    }
}
