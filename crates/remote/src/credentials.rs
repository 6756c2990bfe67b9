//! Which credentials: what is sent, where it came from, and what else was set.
//!
//! | Target | Token | Password |
//! | --- | --- | --- |
//! | a flag is given | `--token` | `--password` |
//! | `--url` | – | – |
//! | `OPENCLAW_GATEWAY_URL` | environment | environment |
//! | on this machine | `gateway.auth.token`, environment | `gateway.auth.password`, environment |
//! | … if that gives neither | `gateway.remote.token` | `gateway.remote.password` |
//! | `gateway.remote.url` | `gateway.remote.token`, environment, `gateway.auth.token` | environment, `gateway.remote.password`, `gateway.auth.password` |
//! | `gateway.remote.sshTarget` | as for `gateway.remote.url` | as for `gateway.remote.url` |
//! | `--ssh` | `gateway.remote.token`, environment | environment, `gateway.remote.password` |
//!
//! With `--ssh`, `gateway.remote.*` counts only where it does not describe another host.
//! The first that is there counts; one that is configured and unavailable is passed over, and is
//! the error if nothing else is found. Token and password are chosen apart and both are sent.

use openclaw_config::secrets::{FoundSecret, SecretCommand, SecretError, Secrets};
use openclaw_config::{Loaded, SecretInput, Source, env};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{TargetFlags, TargetRefused, TunnelPlan, UrlSource, secret_command};

/// The credentials of a target.
#[derive(Debug, Clone, Default)]
pub struct TargetCredentials {
    /// The token.
    pub token: Option<Chosen>,
    /// The password.
    pub password: Option<Chosen>,
}

/// A secret, where it came from, and what else was set. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The secret.
    pub value: SecretValue,
    /// Where it came from.
    pub from: Source,
    /// Other places that hold a different one, in the order in which they were looked at.
    pub disagreeing: Vec<Source>,
}

/// A secret, or the command that prints it.
#[derive(Debug, Clone)]
pub enum SecretValue {
    /// The secret.
    Ready(SecretString),
    /// A command of a secrets provider, run when the connection is opened.
    Command(SecretCommand),
}

impl SecretValue {
    /// The secret itself. Runs the command that prints it, if there is one.
    ///
    /// # Errors
    ///
    /// [`SecretError`] where the command fails, says nothing or takes too long.
    pub async fn reveal(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Ready(secret) => Ok(secret.clone()),
            Self::Command(command) => secret_command::run(command).await,
        }
    }
}

impl TargetCredentials {
    /// Whether there is neither.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.token.is_none() && self.password.is_none()
    }
}

/// Chooses the credentials for a target whose URL came from `from`.
pub(crate) fn choose(
    flags: &TargetFlags,
    loaded: &Loaded,
    from: UrlSource,
    tunnel: Option<&TunnelPlan>,
) -> Result<TargetCredentials, TargetRefused> {
    let explicit = TargetCredentials {
        token: flag(flags.token.as_ref(), "--token"),
        password: flag(flags.password.as_ref(), "--password"),
    };
    if !explicit.is_empty() {
        return Ok(explicit);
    }
    let (auth, remote) = (&loaded.config.gateway.auth, &loaded.config.gateway.remote);
    let places = Places {
        loaded,
        secrets: Secrets::of(loaded),
    };
    let env_token = places.variable(env::GATEWAY_TOKEN);
    let env_password = places.variable(env::GATEWAY_PASSWORD);
    let config = |input: &Option<SecretInput>, path| places.configured(input.as_ref(), path);
    let implicit = match from {
        UrlSource::Flag => TargetCredentials::default(),
        UrlSource::Env => TargetCredentials {
            token: first([env_token])?,
            password: first([env_password])?,
        },
        UrlSource::SshFlag => {
            // The secrets of the Gateway on this machine are none of the far one's business.
            let is_configured = tunnel.is_some_and(TunnelPlan::is_configured);
            let config = |input, path| config(input, path).filter(|_| is_configured);
            TargetCredentials {
                token: first([config(&remote.token, "gateway.remote.token"), env_token])?,
                password: first([
                    env_password,
                    config(&remote.password, "gateway.remote.password"),
                ])?,
            }
        }
        UrlSource::Remote | UrlSource::SshConfig => TargetCredentials {
            token: first([
                config(&remote.token, "gateway.remote.token"),
                env_token,
                config(&auth.token, "gateway.auth.token"),
            ])?,
            password: first([
                env_password,
                config(&remote.password, "gateway.remote.password"),
                config(&auth.password, "gateway.auth.password"),
            ])?,
        },
        UrlSource::Local | UrlSource::Program => {
            let local = TargetCredentials {
                token: first([config(&auth.token, "gateway.auth.token"), env_token])?,
                password: first([
                    config(&auth.password, "gateway.auth.password"),
                    env_password,
                ])?,
            };
            if local.is_empty() {
                TargetCredentials {
                    token: first([config(&remote.token, "gateway.remote.token")])?,
                    password: first([config(&remote.password, "gateway.remote.password")])?,
                }
            } else {
                local
            }
        }
    };
    if implicit.is_empty() && matches!(from, UrlSource::Flag | UrlSource::Env) {
        let config = loaded.path.clone();
        return Err(TargetRefused::UrlNeedsCredentials { from, config });
    }
    Ok(implicit)
}

/// What a place holds.
struct Found {
    from: Source,
    value: Result<SecretValue, SecretError>,
}

/// The places outside the command line.
struct Places<'a> {
    loaded: &'a Loaded,
    secrets: Secrets<'a>,
}

impl Places<'_> {
    fn variable(&self, name: &'static str) -> Option<Found> {
        let text = self.loaded.env.text(name)?;
        let value = Ok(SecretValue::Ready(SecretString::from(text)));
        Some(Found {
            from: Source::Env(name),
            value,
        })
    }

    fn configured(&self, input: Option<&SecretInput>, path: &str) -> Option<Found> {
        let value = self.secrets.resolve(input?, path).map(|found| match found {
            FoundSecret::Ready(secret) => SecretValue::Ready(secret),
            FoundSecret::Command(command) => SecretValue::Command(command),
        });
        Some(Found {
            from: Source::Config(path.to_owned()),
            value,
        })
    }
}

/// The first place that holds something; the first error if none does.
fn first<const N: usize>(places: [Option<Found>; N]) -> Result<Option<Chosen>, TargetRefused> {
    let mut chosen: Option<Chosen> = None;
    let mut unavailable = None;
    for Found { from, value } in places.into_iter().flatten() {
        match (value, &mut chosen) {
            (Ok(value), None) => {
                chosen = Some(Chosen {
                    value,
                    from,
                    disagreeing: Vec::new(),
                });
            }
            (Ok(value), Some(chosen)) if differ(&value, &chosen.value) => {
                chosen.disagreeing.push(from);
            }
            (Ok(_), Some(_)) => {}
            (Err(why), _) => {
                unavailable.get_or_insert(why);
            }
        }
    }
    match (chosen, unavailable) {
        (None, Some(why)) => Err(TargetRefused::SecretUnavailable { why: Box::new(why) }),
        (chosen, _) => Ok(chosen),
    }
}

/// Whether both are known and not the same.
fn differ(one: &SecretValue, other: &SecretValue) -> bool {
    match (one, other) {
        (SecretValue::Ready(one), SecretValue::Ready(other)) => {
            one.expose_secret() != other.expose_secret()
        }
        (SecretValue::Command(_), _) | (_, SecretValue::Command(_)) => false,
    }
}

/// A flag that says something.
fn flag(secret: Option<&SecretString>, name: &'static str) -> Option<Chosen> {
    let secret = secret?.expose_secret().trim();
    (!secret.is_empty()).then(|| Chosen {
        value: SecretValue::Ready(SecretString::from(secret)),
        from: Source::Flag(name),
        disagreeing: Vec::new(),
    })
}
