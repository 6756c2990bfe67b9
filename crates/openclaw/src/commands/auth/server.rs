//! What the Gateway of this machine demands, as its next start would find it.

use openclaw_config::Loaded;
use openclaw_config::gateway_secret::GatewaySecret;
use openclaw_config::schema::GatewayMode;
use openclaw_gateway_server::from_config;
use openclaw_policy::AuthMode;
use serde::Serialize;

use super::digest::Digester;
use super::explain::Credential;
use super::places::{At, Kind, Place};

/// What the Gateway of this machine demands.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServerSide {
    /// Whether one runs here: `gateway.mode` is not `remote`.
    pub(super) runs_here: bool,
    /// `gateway.auth.mode`, resolved; absent where nobody can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mode: Option<AuthMode>,
    /// Why that mode.
    pub(super) mode_from: String,
    /// The token that clients must show.
    pub(super) token: Credential,
    /// The password that clients must show.
    pub(super) password: Credential,
}

impl ServerSide {
    /// What the configuration and environment say. Options of `gateway run` come before both.
    pub(super) fn of(loaded: &Loaded, places: &[Place], digester: &Digester) -> Self {
        let looked_at: Vec<&Place> = places
            .iter()
            .filter(|place| matches!(place.at, At::Auth | At::Variable | At::Service))
            .collect();
        let side = |which: GatewaySecret, kind| {
            let from = which.resolve(None, loaded).ok().flatten();
            let from = from.map(|found| found.from.to_string());
            Credential::among(kind, from.as_deref(), &looked_at, digester)
        };
        let token = side(GatewaySecret::Token, Kind::Token);
        let password = side(GatewaySecret::Password, Kind::Password);
        let configured = loaded.config.gateway.auth.mode;
        let has = |credential: &Credential| credential.state != "unset";
        let resolved = from_config::auth_mode(configured, has(&token), has(&password));
        let mode_from = match (&resolved, configured) {
            (Ok(_), Some(_)) => "config gateway.auth.mode".to_owned(),
            (Ok(_), None) if has(&token) || has(&password) => {
                "the one secret that is there".to_owned()
            }
            (Ok(_), None) => "default".to_owned(),
            (Err(error), _) => error.to_string(),
        };
        Self {
            runs_here: loaded.config.gateway.mode != Some(GatewayMode::Remote),
            mode: resolved.ok(),
            mode_from,
            token,
            password,
        }
    }

    /// The credential of the mode.
    pub(super) const fn demanded(&self) -> Option<&Credential> {
        match self.mode {
            Some(AuthMode::Token) => Some(&self.token),
            Some(AuthMode::Password) => Some(&self.password),
            Some(AuthMode::None | AuthMode::TrustedProxy) | None => None,
        }
    }
}
