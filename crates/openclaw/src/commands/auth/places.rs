//! Every place that may hold a token or password of a Gateway.

use std::fs;

use openclaw_config::secrets::{FoundSecret, Secrets};
use openclaw_config::{Env, Loaded, SecretInput, Source, env};
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::App;
use crate::cli::target::TargetArgs;
use crate::commands::service::{Kind as ServiceKind, Service};

/// Token or password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A token.
    Token,
    /// A password.
    Password,
}

impl Kind {
    /// The word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Password => "password",
        }
    }

    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::Token => env::GATEWAY_TOKEN,
            Self::Password => env::GATEWAY_PASSWORD,
        }
    }

    const fn flag(self) -> &'static str {
        match self {
            Self::Token => "--token",
            Self::Password => "--password",
        }
    }
}

/// One place. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Token or password.
    pub(super) kind: Kind,
    /// What kind of place.
    pub(super) at: At,
    /// Its name, as errors say it: `config gateway.auth.token`.
    pub(super) source: String,
    /// Where exactly, where the name does not say it.
    pub(super) exactly: Option<String>,
    /// What it holds.
    pub(super) held: Held,
}

/// Kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// An option of this command.
    Flag,
    /// `gateway.auth.*`.
    Auth,
    /// The environment.
    Variable,
    /// `gateway.remote.*`.
    Remote,
    /// The file of the installed service.
    Service,
}

/// What a place holds.
#[derive(Debug, Clone)]
pub(super) enum Held {
    /// A secret.
    Secret(SecretString),
    /// A command that prints one. It is not run.
    Command,
    /// One that is not there now, and why.
    Unavailable(String),
}

impl Held {
    /// The secret, if it is known.
    pub(super) const fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Secret(secret) => Some(secret),
            Self::Command | Self::Unavailable(_) => None,
        }
    }
}

/// Every place that holds something.
pub(super) fn find(app: &App, loaded: &Loaded, args: &TargetArgs) -> Vec<Place> {
    let gateway = &loaded.config.gateway;
    let mut places = Vec::new();
    for (kind, flag, auth, remote) in [
        (
            Kind::Token,
            &args.token,
            &gateway.auth.token,
            &gateway.remote.token,
        ),
        (
            Kind::Password,
            &args.password,
            &gateway.auth.password,
            &gateway.remote.password,
        ),
    ] {
        let word = kind.word();
        if let Some(secret) = flag {
            places.push(Place {
                kind,
                at: At::Flag,
                source: Source::Flag(kind.flag()).to_string(),
                exactly: None,
                held: Held::Secret(secret.clone()),
            });
        }
        let configured = [
            (At::Auth, auth, format!("gateway.auth.{word}")),
            (At::Remote, remote, format!("gateway.remote.{word}")),
        ];
        for (at, input, path) in configured {
            places.extend(
                input
                    .as_ref()
                    .map(|input| configured_at(kind, at, input, path, loaded)),
            );
        }
        places.extend(variable(app, loaded, kind));
        places.extend(service(app, kind));
    }
    places
}

fn configured_at(kind: Kind, at: At, input: &SecretInput, path: String, loaded: &Loaded) -> Place {
    let held = match Secrets::of(loaded).resolve(input, &path) {
        Ok(FoundSecret::Ready(secret)) => Held::Secret(secret),
        Ok(FoundSecret::Command(_)) => Held::Command,
        Err(error) => Held::Unavailable(error.to_string()),
    };
    Place {
        kind,
        at,
        source: Source::Config(path).to_string(),
        exactly: None,
        held,
    }
}

fn variable(app: &App, loaded: &Loaded, kind: Kind) -> Option<Place> {
    let name = kind.variable();
    let text = loaded.env.text(name)?;
    let file = app.paths.dotenv_file();
    let exactly = if Env::from_process().text(name).is_some() {
        None
    } else if app.env.text(name).is_some() {
        Some(format!("in {}", app.out.path(&file)))
    } else {
        Some("in `env` of the configuration".to_owned())
    };
    Some(Place {
        kind,
        at: At::Variable,
        source: Source::Env(name).to_string(),
        exactly,
        held: Held::Secret(SecretString::from(text)),
    })
}

/// What an installed service is started with: older releases wrote secrets into its file.
fn service(app: &App, kind: Kind) -> Option<Place> {
    let file = Service::find(app, ServiceKind::Gateway).file?;
    let text = fs::read_to_string(&file).ok()?;
    let value = assigned(&text, kind.variable())?;
    Some(Place {
        kind,
        at: At::Service,
        source: format!("service {}", kind.variable()),
        exactly: Some(format!("in {}", app.out.path(&file))),
        held: Held::Secret(value),
    })
}

/// The value of a variable in a systemd unit or a property list.
fn assigned(text: &str, name: &str) -> Option<SecretString> {
    let in_unit = text.lines().find_map(|line| {
        let assignments = line.trim().strip_prefix("Environment=")?;
        let (_, value) = assignments.split_once(&format!("{name}="))?;
        let quoted = assignments.trim_start().starts_with(['"', '\'']);
        let end = |c: char| c == '"' || c == '\'' || (!quoted && c.is_whitespace());
        value.split(end).next()
    });
    let in_list = || {
        let (_, rest) = text.split_once(&format!("<key>{name}</key>"))?;
        let rest = rest.trim_start().strip_prefix("<string>")?;
        rest.split("</string>").next()
    };
    let value = in_unit.or_else(in_list)?.trim();
    (!value.is_empty()).then(|| SecretString::from(value))
}

/// Whether both are known and the same; `None` where that is not known.
pub(super) fn agree(one: &Held, other: &Held) -> Option<bool> {
    let (one, other) = (one.secret()?, other.secret()?);
    Some(one.expose_secret() == other.expose_secret())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::assigned;

    #[test]
    fn units_and_property_lists_are_read() {
        for (text, expected) in [
            (
                "[Service]\nEnvironment=A=1\nEnvironment=TOKEN=abc\n",
                Some("abc"),
            ),
            ("Environment=\"TOKEN=a b\"", Some("a b")),
            ("Environment=A=1 TOKEN=abc B=2", Some("abc")),
            ("<key>TOKEN</key>\n  <string>abc</string>", Some("abc")),
            ("# Environment=TOKEN=abc", None),
            ("Environment=TOKEN=", None),
            ("ExecStart=x", None),
        ] {
            let found = assigned(text, "TOKEN");
            let found = found.as_ref().map(|secret| secret.expose_secret());
            assert_eq!(found, expected, "{text}");
        }
    }
}
