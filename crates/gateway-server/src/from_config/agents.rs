//! From `agents`, `models`, `tools`, `session` and `mcp` to what agents there are.
//!
//! Those sections are the agent's: they are read as they stand, what is not known is passed over,
//! and a mistake costs the part that it stands in and nothing else.

mod models;
mod profile;
mod tools;

use std::path::Path;
use std::time::Duration;

use openclaw_config::Loaded;
use openclaw_config::secrets::{FoundSecret, SecretCommand, SecretError, Secrets};
use secrecy::SecretString;
use serde_json::Value;

use crate::agents::AgentOptions;

/// Runs the command of a secret reference.
pub type RunSecretCommand<'a> = dyn Fn(&SecretCommand) -> Result<SecretString, SecretError> + 'a;

/// What the configuration says about agents and their models. Secret references are followed;
/// `run` is called for those that a command answers.
///
/// `workspaces` is the folder that holds the workspaces of agents that have none of their own:
/// the state directory.
#[must_use]
pub fn agents(
    loaded: &Loaded,
    workspaces: Option<&Path>,
    run: &RunSecretCommand<'_>,
) -> AgentOptions {
    let mut options = AgentOptions::default();
    let reader = Reader::new(loaded, run);
    let defaults = reader.section("agents").and_then(|one| one.get("defaults"));
    if let Some(most) = number(defaults, "maxConcurrent").filter(|most| *most > 0) {
        options.max_concurrent = usize::try_from(most).unwrap_or(usize::MAX).min(64);
    }
    if let Some(seconds) = number(defaults, "timeoutSeconds").filter(|seconds| *seconds > 0) {
        options.timeout = Duration::from_secs(seconds);
    }
    if let Some(session) = reader.section("session") {
        if let Some(key) = text(Some(session), "mainKey") {
            options.main_key = key.to_ascii_lowercase();
        }
        options.is_global = text(Some(session), "scope").as_deref() == Some("global");
    }
    profile::read(&reader, workspaces, &mut options);
    models::read(&reader, &mut options);
    tools::exec(&reader, &mut options);
    #[cfg(feature = "mcp")]
    tools::mcp(&reader, &mut options);
    options
}

/// The configuration, and how its secrets are found.
pub(super) struct Reader<'a> {
    loaded: &'a Loaded,
    secrets: Secrets<'a>,
    run: &'a RunSecretCommand<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(loaded: &'a Loaded, run: &'a RunSecretCommand<'a>) -> Self {
        Self {
            loaded,
            secrets: Secrets::of(loaded),
            run,
        }
    }

    pub(super) fn section(&self, name: &str) -> Option<&Value> {
        self.loaded.config.other(name)
    }

    /// A secret: text, or where it is kept. Blank text is none.
    pub(super) fn secret(&self, value: &Value, at: &str) -> Result<Option<SecretString>, String> {
        let found = self.secrets.find(value, at);
        match found.map_err(|error| error.to_string())? {
            None => Ok(None),
            Some(FoundSecret::Ready(secret)) => Ok(Some(secret)),
            Some(FoundSecret::Command(command)) => (self.run)(&command)
                .map(Some)
                .map_err(|error| error.to_string()),
        }
    }
}

/// A member that is text and says something.
pub(super) fn text(value: Option<&Value>, key: &str) -> Option<String> {
    let text = value?.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn number(value: Option<&Value>, key: &str) -> Option<u64> {
    value?.get(key)?.as_u64()
}

pub(super) fn flag(value: &Value, key: &str) -> Option<bool> {
    value.get(key)?.as_bool()
}

/// A list of texts; one text counts as a list of one.
pub(super) fn texts(value: Option<&Value>, key: &str) -> Option<Vec<String>> {
    match value?.get(key)? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(list) => Some(
            list.iter()
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
