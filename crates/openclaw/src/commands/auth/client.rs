//! What this command line would send, and where.

use std::path::Path;

use openclaw_config::Loaded;
use openclaw_connect::Trust;
use openclaw_identity::{DeviceIdentity, TokenStore};
use openclaw_protocol::Role;
use openclaw_remote::{Target, TargetRefused, UrlSource};
use serde::Serialize;
use serde_json::Value;

use super::digest::Digester;
use super::explain::Credential;
use super::places::{At, Kind, Place};
use crate::app::App;
use crate::cli::target::TargetArgs;
use crate::client;
use crate::error::CliError;

/// What this command line would send, and where.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientSide {
    /// The URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    /// Why that URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url_source: Option<&'static str>,
    /// Whom it trusts there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trust: Option<TrustShown>,
    /// The token.
    pub(super) token: Credential,
    /// The password.
    pub(super) password: Credential,
    /// The token that this Gateway gave to this device.
    pub(super) device_token: DeviceToken,
    /// What is sent: `token`, `password`, `token and password`, `device token` or `nothing`.
    pub(super) sends: &'static str,
    /// Why nothing is dialled: `{type, message, …}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Value>,
    #[serde(skip)]
    pub(super) source: Option<UrlSource>,
    #[serde(skip)]
    pub(super) error: Option<CliError>,
}

/// Whom it trusts.
#[derive(Debug, Serialize)]
pub(super) struct TrustShown {
    /// `plaintext`, `system` or `pins`.
    pub(super) kind: &'static str,
    /// Why.
    pub(super) from: String,
}

/// The token that a Gateway gave to this device.
#[derive(Debug, Default, Serialize)]
pub(super) struct DeviceToken {
    /// Whether there is one.
    pub(super) present: bool,
    /// Whether it would be sent.
    pub(super) used: bool,
    /// Its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    /// Its scopes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) scopes: Vec<String>,
    /// Why it is not there, or not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl ClientSide {
    /// What options, environment and configuration lead to.
    pub(super) fn of(
        app: &App,
        loaded: &Loaded,
        args: &TargetArgs,
        places: &[Place],
        digester: &Digester,
    ) -> Self {
        match Target::resolve(&client::flags(args), &app.paths, loaded) {
            Ok(target) => Self::resolved(app, &target, places, digester),
            Err(why) => Self::refused(&why, places, digester),
        }
    }

    fn resolved(app: &App, target: &Target, places: &[Place], digester: &Digester) -> Self {
        let chosen = &target.credentials;
        let from = |chosen: &Option<openclaw_remote::Chosen>| {
            chosen.as_ref().map(|chosen| chosen.from.to_string())
        };
        let source = target.info.url_source;
        let (token_from, password_from) = (from(&chosen.token), from(&chosen.password));
        let sides = [&token_from, &password_from];
        let used = sides.into_iter().flatten();
        let looked_at = looked_at(
            source,
            places,
            &used.map(String::as_str).collect::<Vec<_>>(),
        );
        let token = Credential::among(Kind::Token, token_from.as_deref(), &looked_at, digester);
        let password = Credential::among(
            Kind::Password,
            password_from.as_deref(),
            &looked_at,
            digester,
        );
        let mut device_token = device_token(app, target, digester);
        device_token.used = chosen.is_empty() && device_token.present;
        let sends = match (&chosen.token, &chosen.password) {
            (Some(_), Some(_)) => "token and password",
            (Some(_), None) => "token",
            (None, Some(_)) => "password",
            (None, None) if device_token.present => "device token",
            (None, None) => "nothing",
        };
        let refusal = target.check_credentials("connect", device_token.present);
        let error = refusal.err().map(|why| client::refused(&why));
        Self {
            url: Some(target.info.url.to_string()),
            url_source: Some(source.label()),
            trust: Some(trust(target)),
            token,
            password,
            device_token,
            sends,
            refusal: error.as_ref().map(refusal_json),
            source: Some(source),
            error,
        }
    }

    fn refused(why: &TargetRefused, places: &[Place], digester: &Digester) -> Self {
        let source = match why {
            TargetRefused::UrlNeedsCredentials { from, .. }
            | TargetRefused::Plaintext { from, .. }
            | TargetRefused::BadUrl { from, .. } => Some(*from),
            _ => None,
        };
        // Of a target that needs an explicit credential no place was looked at; else all were.
        let looked_at = match source {
            Some(source) => looked_at(source, places, &[]),
            None => places
                .iter()
                .filter(|place| place.at != At::Service)
                .collect(),
        };
        let error = client::refused(why);
        Self {
            url: None,
            url_source: source.map(UrlSource::label),
            trust: None,
            token: Credential::among(Kind::Token, None, &looked_at, digester),
            password: Credential::among(Kind::Password, None, &looked_at, digester),
            device_token: DeviceToken::default(),
            sends: "nothing",
            refusal: Some(refusal_json(&error)),
            source,
            error: Some(error),
        }
    }
}

fn refusal_json(error: &CliError) -> Value {
    error.to_json().get("error").cloned().unwrap_or_default()
}

/// The places that count for a target: the table of [`openclaw_remote::credentials`].
fn looked_at<'a>(from: UrlSource, places: &'a [Place], used: &[&str]) -> Vec<&'a Place> {
    let is_used = |at: At| {
        places
            .iter()
            .any(|place| place.at == at && used.contains(&place.source.as_str()))
    };
    let by_flag = places.iter().any(|place| place.at == At::Flag);
    let counts = |at: At| match (from, at) {
        (_, At::Flag) => true,
        (_, At::Service) => false,
        _ if by_flag => false,
        (UrlSource::Flag, _) => false,
        (UrlSource::Env, at) => at == At::Variable,
        (UrlSource::Remote | UrlSource::SshConfig, _) => true,
        (UrlSource::SshFlag, At::Auth) => false,
        (_, At::Remote) => is_used(At::Remote),
        (_, At::Auth | At::Variable) => true,
    };
    places.iter().filter(|place| counts(place.at)).collect()
}

fn trust(target: &Target) -> TrustShown {
    let kind = match (&target.trust.trust, target.info.url.is_secure()) {
        (_, false) => "plaintext",
        (Trust::Pins(_), true) => "pins",
        (_, true) => "system",
    };
    TrustShown {
        kind,
        from: target.trust.from.to_string(),
    }
}

/// Looks for the token, and makes nothing that is not there.
fn device_token(app: &App, target: &Target, digester: &Digester) -> DeviceToken {
    let file = app.paths.device_identity_file();
    let Some(directory) = file.parent().filter(|_| file.exists()) else {
        return DeviceToken::default();
    };
    match stored(directory, target, digester) {
        Ok(found) => found.unwrap_or_default(),
        Err(why) => DeviceToken {
            error: Some(why),
            ..DeviceToken::default()
        },
    }
}

fn stored(
    directory: &Path,
    target: &Target,
    digester: &Digester,
) -> Result<Option<DeviceToken>, String> {
    let Some(device) = DeviceIdentity::load(directory).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let tokens =
        TokenStore::load(directory, device.device_id()).map_err(|error| error.to_string())?;
    let token = tokens
        .get(&target.endpoint().origin(), &Role::Operator)
        .map_err(|error| error.to_string())?;
    Ok(token.map(|token| DeviceToken {
        present: true,
        used: false,
        digest: Some(digester.of(&token.token)),
        scopes: token.scopes,
        error: None,
    }))
}
