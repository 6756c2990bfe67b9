//! The demo's own directory: private, and removed at its end.

use std::path::PathBuf;

use openclaw_config::gateway_secret::random_token;
use openclaw_config::{Env, PathFlags, Paths, env, write_private_file};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use tempfile::TempDir;

use crate::error::CliError;

/// A state directory that nobody else uses.
#[derive(Debug)]
pub(crate) struct Home {
    dir: TempDir,
    env: Env,
    paths: Paths,
    token: SecretString,
}

impl Home {
    /// Makes it, readable by its owner alone.
    pub(crate) fn create() -> Result<Self, CliError> {
        let dir = tempfile::Builder::new()
            .prefix("openclaw-demo-")
            .tempdir()
            .map_err(|error| CliError::failure(format!("no temporary directory: {error}")))?;
        let state = dir.path().join("state");
        let env = Env::empty()
            .with(env::HOME, dir.path())
            .with(env::STATE_DIR, &state)
            .with(env::CONFIG_PATH, state.join("openclaw.json"));
        let paths = Paths::resolve(&env, &PathFlags::default())
            .map_err(|error| CliError::failure(error.to_string()))?;
        let token = random_token().map_err(|error| CliError::failure(error.to_string()))?;
        Ok(Self {
            dir,
            env,
            paths,
            token,
        })
    }

    /// Writes the configuration by which commands find the demo's Gateway.
    pub(crate) fn write_config(&self, port: u16) -> Result<(), CliError> {
        let token = self.token.expose_secret();
        let config = json!({
            "gateway": { "mode": "local", "port": port, "auth": { "mode": "token", "token": token } },
        });
        write_private_file(self.paths.config_file(), format!("{config:#}\n").as_bytes())
            .map_err(|error| CliError::failure(format!("configuration not written: {error}")))
    }

    /// Where the demo's files are.
    pub(crate) const fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The environment in which commands find them.
    pub(crate) const fn env(&self) -> &Env {
        &self.env
    }

    /// The token of the demo's Gateway.
    pub(crate) const fn token(&self) -> &SecretString {
        &self.token
    }

    /// The state directory of the demo's node, which could be another machine's.
    pub(crate) fn node_dir(&self) -> PathBuf {
        self.dir.path().join("node")
    }
}
