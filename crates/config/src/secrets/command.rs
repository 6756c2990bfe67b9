//! Secrets that a command prints.
//!
//! The command gets `{"protocolVersion": 1, "provider", "ids": [id]}` on its standard input and
//! answers `{"protocolVersion": 1, "values": {id: secret}, "errors"?: {id: {message}}}`.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::SecretError;
use super::file::writable_by_others;
use super::provider::ExecProvider;
use crate::env::Env;

/// A command that prints one secret, checked and ready to be run: directly, without a shell,
/// with nothing in its environment but [`env`](Self::env).
#[derive(Clone)]
pub struct SecretCommand {
    /// The program: an absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, OsString)>,
    /// What it reads on standard input.
    pub stdin: String,
    /// How long it may run.
    pub timeout: Duration,
    /// The most it may print, in bytes.
    pub max_output_bytes: usize,
    id: String,
    json_only: bool,
    at: String,
}

impl SecretCommand {
    /// The secret in what the command printed.
    ///
    /// # Errors
    ///
    /// [`SecretError::Command`]: an answer without the secret. Nothing of it is shown but the
    /// command's own message.
    pub fn read(&self, stdout: &[u8]) -> Result<SecretString, SecretError> {
        let text =
            std::str::from_utf8(stdout).map_err(|_| self.failed("its answer is no UTF-8"))?;
        let secret = match serde_json::from_str::<Value>(text) {
            Ok(answer @ Value::Object(_)) => self.answered(&answer)?,
            Ok(Value::String(secret)) if !self.json_only => secret,
            _ if !self.json_only => text.to_owned(),
            _ => return Err(self.failed("its answer is no JSON object")),
        };
        match secret.trim() {
            "" => Err(self.failed("the secret is empty")),
            secret => Ok(SecretString::from(secret)),
        }
    }

    fn answered(&self, answer: &Value) -> Result<String, SecretError> {
        if answer.get("protocolVersion") != Some(&json!(1)) {
            return Err(self.failed("its answer has no protocolVersion 1"));
        }
        let of = |key: &str| answer.get(key).and_then(|values| values.get(&self.id));
        match (of("values"), of("errors")) {
            (Some(Value::String(secret)), _) => Ok(secret.clone()),
            (_, Some(error)) => {
                let message = error
                    .get("message")
                    .and_then(Value::as_str)
                    .unwrap_or("no message");
                Err(self.failed(&format!("{}: {message}", self.id)))
            }
            _ => Err(self.failed(&format!("its answer has no {}", self.id))),
        }
    }

    /// The error for a command that failed otherwise: could not be started, took too long,
    /// ended with a code.
    #[must_use]
    pub fn failed(&self, why: &str) -> SecretError {
        failed(&self.at, &self.program, why)
    }
}

impl fmt::Debug for SecretCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretCommand")
            .field("program", &self.program)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The command of a provider for one secret.
pub(super) fn of(
    provider: &ExecProvider,
    name: &str,
    id: &str,
    env: &Env,
    at: &str,
) -> Result<SecretCommand, SecretError> {
    let program = checked(provider).map_err(|why| failed(at, &provider.command, &why))?;
    let passed = provider
        .pass_env
        .iter()
        .filter_map(|name| env.os(name).map(|value| (name.clone(), value.to_owned())));
    let set = provider
        .env
        .iter()
        .map(|(name, value)| (name.clone(), OsString::from(value)));
    Ok(SecretCommand {
        program,
        args: provider.args.clone(),
        env: passed.chain(set).collect(),
        stdin: json!({"protocolVersion": 1, "provider": name, "ids": [id]}).to_string(),
        timeout: provider.timeout,
        max_output_bytes: usize::try_from(provider.max_output_bytes).unwrap_or(usize::MAX),
        id: id.to_owned(),
        json_only: provider.json_only,
        at: at.to_owned(),
    })
}

/// The program to run: nobody else may put another in its place.
fn checked(provider: &ExecProvider) -> Result<PathBuf, String> {
    let path = provider.command.as_path();
    if !path.is_absolute() {
        return Err("expected an absolute path".to_owned());
    }
    let link = std::fs::symlink_metadata(path)
        .map_err(|error| error.to_string())?
        .is_symlink();
    if link && !provider.allow_symlink {
        return Err("it is a link; name the file itself, or set allowSymlinkCommand".to_owned());
    }
    let real = std::fs::canonicalize(path).map_err(|error| error.to_string())?;
    if !real.is_file() {
        return Err("it is no file".to_owned());
    }
    if writable_by_others(&real).map_err(|error| error.to_string())? {
        return Err("others may write it; run chmod go-w on it".to_owned());
    }
    let trusted = |directory: &PathBuf| {
        std::fs::canonicalize(directory).is_ok_and(|directory| real.starts_with(directory))
    };
    if !provider.trusted_dirs.is_empty() && !provider.trusted_dirs.iter().any(trusted) {
        return Err("it lies outside trustedDirs".to_owned());
    }
    Ok(real)
}

fn failed(at: &str, program: &Path, why: &str) -> SecretError {
    SecretError::Command {
        at: at.to_owned(),
        command: program.to_owned(),
        why: why.to_owned(),
    }
}
