//! Where secret references lead.
//!
//! A secret is text in the configuration, a variable, a part of a file, or what a command
//! prints. This crate runs no command: it hands out a checked [`SecretCommand`] and reads what
//! the command printed. No error shows a secret.

mod command;
mod error;
mod file;
mod provider;

use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::Value;

pub use command::SecretCommand;
pub use error::SecretError;
pub use provider::FileMode;
use provider::Provider;

use crate::decode::{Codec, Context, Decoder};
use crate::env::Env;
use crate::load::Loaded;
use crate::paths;
use crate::secret_input::{Secret, SecretInput, SecretRef, SecretSource};

/// A secret, or the command that prints it.
#[derive(Debug, Clone)]
pub enum FoundSecret {
    /// The secret.
    Ready(SecretString),
    /// Run this and hand what it prints to [`SecretCommand::read`].
    Command(SecretCommand),
}

/// Follows secret references.
#[derive(Debug)]
pub struct Secrets<'a> {
    env: &'a Env,
    section: Option<&'a Value>,
    home: Option<PathBuf>,
}

impl<'a> Secrets<'a> {
    /// Follows them with the providers of a configuration.
    #[must_use]
    pub fn of(loaded: &'a Loaded) -> Self {
        Self {
            env: &loaded.env,
            section: loaded.config.other("secrets"),
            home: paths::home(&loaded.env).map(|home| home.value),
        }
    }

    /// The secret that a value of a section that is carried as it stands says, such as
    /// `models.providers.x.apiKey`: text or a reference. `None` for text that says nothing.
    ///
    /// # Errors
    ///
    /// [`SecretError`]: what is missing or wrong, and where.
    pub fn find(&self, value: &Value, at: &str) -> Result<Option<FoundSecret>, SecretError> {
        let context = Context::default();
        let mut decoder = Decoder::new(&context);
        let input = <Secret as Codec>::decode(&mut decoder, value);
        if let Some(problem) = decoder.problems.first() {
            return Err(SecretError::Malformed {
                at: at.to_owned(),
                why: problem.message.clone(),
            });
        }
        if let Some(variable) = value.as_str().and_then(unset_variable) {
            return Err(unset(at, variable));
        }
        input.map(|input| self.resolve(&input, at)).transpose()
    }

    /// The secret that stands at `at`, a path for messages.
    ///
    /// # Errors
    ///
    /// [`SecretError`]: what is missing or wrong, and where.
    pub fn resolve(&self, input: &SecretInput, at: &str) -> Result<FoundSecret, SecretError> {
        match input {
            SecretInput::Inline(secret) => Ok(FoundSecret::Ready(secret.clone())),
            SecretInput::Unset { variable } => Err(unset(at, variable)),
            SecretInput::Reference(reference) => self.follow(reference, at),
        }
    }

    fn follow(&self, reference: &SecretRef, at: &str) -> Result<FoundSecret, SecretError> {
        let name = self.provider_name(reference);
        match reference.source {
            SecretSource::Env => {
                // A provider of variables needs no declaration, and has nothing to say.
                let value = self
                    .env
                    .text(&reference.id)
                    .ok_or_else(|| unset(at, &reference.id))?;
                Ok(FoundSecret::Ready(SecretString::from(value)))
            }
            SecretSource::Store => Err(SecretError::NoStore { at: at.to_owned() }),
            SecretSource::File | SecretSource::Exec => {
                match self.provider(&name, reference.source, at)? {
                    Provider::File(provider) => {
                        file::read(&provider, &reference.id, at).map(FoundSecret::Ready)
                    }
                    Provider::Exec(provider) => {
                        command::of(&provider, &name, &reference.id, self.env, at)
                            .map(FoundSecret::Command)
                    }
                }
            }
        }
    }

    fn provider_name(&self, reference: &SecretRef) -> String {
        let default = || {
            let defaults = self.section?.get("defaults")?;
            Some(
                defaults
                    .get(reference.source.as_str())?
                    .as_str()?
                    .to_owned(),
            )
        };
        let name = reference.provider.clone();
        name.or_else(default)
            .unwrap_or_else(|| "default".to_owned())
    }

    fn provider(
        &self,
        name: &str,
        source: SecretSource,
        at: &str,
    ) -> Result<Provider, SecretError> {
        let declared = self
            .section
            .and_then(|section| section.get("providers")?.get(name))
            .ok_or_else(|| SecretError::NoProvider {
                at: at.to_owned(),
                provider: name.to_owned(),
                kind: source.as_str(),
            })?;
        provider::read(declared, name, source, self.home.clone(), at)
    }
}

/// The variable that a text still mentions because it has no value.
fn unset_variable(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("${")?;
    let (name, _) = rest.split_once('}')?;
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|one| one.is_ascii_uppercase() || one.is_ascii_digit() || one == b'_');
    is_name.then_some(name)
}

fn unset(at: &str, variable: &str) -> SecretError {
    SecretError::Unset {
        at: at.to_owned(),
        variable: variable.to_owned(),
    }
}
