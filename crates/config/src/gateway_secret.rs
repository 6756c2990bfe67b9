//! The secret that guards a Gateway, as its server finds it.
//!
//! `gateway.remote.*` is never read here: it belongs to clients.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::config_path::ConfigPath;
use crate::edit::{self, EditError};
use crate::env::{self, Env};
use crate::load::{LoadError, Loaded};
use crate::resolved::{Resolved, Source};
use crate::secrets::{FoundSecret, SecretError, Secrets};
use crate::write::{Draft, Stamp, WriteError};

/// Which of the two secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewaySecret {
    /// Of `gateway.auth.mode: "token"`.
    Token,
    /// Of `gateway.auth.mode: "password"`.
    Password,
}

impl GatewaySecret {
    /// Its option, variable and key.
    const fn sources(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Token => ("--token", env::GATEWAY_TOKEN, "gateway.auth.token"),
            Self::Password => ("--password", env::GATEWAY_PASSWORD, "gateway.auth.password"),
        }
    }

    /// The secret of the server: its option, else the configuration, else the environment.
    ///
    /// A secret that is configured and unavailable is an error, unless the environment has one:
    /// what somebody meant to guard with one secret is never open.
    ///
    /// # Errors
    ///
    /// [`SecretError`]: the configured secret is unavailable.
    pub fn resolve(
        self,
        flag: Option<SecretString>,
        loaded: &Loaded,
    ) -> Result<Option<Resolved<FoundSecret>>, SecretError> {
        let (option, variable, key) = self.sources();
        if let Some(secret) = flag.filter(|secret| !secret.expose_secret().trim().is_empty()) {
            let secret = SecretString::from(secret.expose_secret().trim());
            return Ok(Some(Resolved::new(
                FoundSecret::Ready(secret),
                Source::Flag(option),
            )));
        }
        let auth = &loaded.config.gateway.auth;
        let configured = match self {
            Self::Token => &auth.token,
            Self::Password => &auth.password,
        };
        let configured = configured
            .as_ref()
            .map(|input| Secrets::of(loaded).resolve(input, key));
        let from_env = loaded.env.text(variable).map(|text| {
            Resolved::new(
                FoundSecret::Ready(SecretString::from(text)),
                Source::Env(variable),
            )
        });
        match (configured, from_env) {
            (Some(Ok(secret)), _) => {
                Ok(Some(Resolved::new(secret, Source::Config(key.to_owned()))))
            }
            (Some(Err(_)) | None, Some(found)) => Ok(Some(found)),
            (Some(Err(error)), None) => Err(error),
            (None, None) => Ok(None),
        }
    }
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnsureTokenError {
    /// The configuration cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It cannot take a token.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// There is a token already.
    #[error("gateway.auth.token is configured already")]
    Present,
}

/// Makes a random token, writes it to `gateway.auth.token`, and returns it: 256 bits, 43
/// characters. `gateway.auth.mode` becomes `token` where it says nothing.
///
/// # Errors
///
/// [`EnsureTokenError`]; nothing is written then. A token that is there is never replaced.
pub fn ensure_gateway_token(
    path: &Path,
    env: &Env,
    stamp: &Stamp,
) -> Result<SecretString, EnsureTokenError> {
    let mut draft = Draft::open(path, env)?;
    let token_path = ConfigPath::of_keys(&["gateway", "auth", "token"]);
    let present = edit::get(draft.value(), &token_path).is_some_and(|value| match value {
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    });
    if present {
        return Err(EnsureTokenError::Present);
    }
    let token = random_token()?;
    let mode_path = ConfigPath::of_keys(&["gateway", "auth", "mode"]);
    if edit::get(draft.value(), &mode_path).is_none() {
        draft.set(&mode_path, Value::from("token"))?;
    }
    draft.set(&token_path, Value::from(token.expose_secret()))?;
    draft.save(stamp)?;
    Ok(token)
}

/// 256 random bits as URL-safe text of 43 characters, of which the first is a letter or a digit: it
/// is typed behind `--token`, where a dash would begin an option.
///
/// # Errors
///
/// When the system has none.
pub fn random_token() -> Result<SecretString, EnsureTokenError> {
    let mut bytes = [0; 32];
    loop {
        OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| EnsureTokenError::Random(error.to_string()))?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        if token.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return Ok(SecretString::from(token));
        }
    }
}
