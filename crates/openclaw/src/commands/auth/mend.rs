//! What to do about it.

use openclaw_config::Loaded;
use openclaw_policy::AuthMode;
use openclaw_remote::UrlSource;
use serde::Serialize;

use super::client::ClientSide;
use super::explain::Credential;
use super::places::{At, Held, Place, agree};
use super::server::ServerSide;

/// Something to do.
#[derive(Debug, Serialize)]
pub(super) struct Mend {
    /// What is wrong.
    pub(super) why: String,
    /// What to run, or to do.
    pub(super) command: String,
}

/// Everything of the kind, the most pressing first.
pub(super) fn list(
    loaded: &Loaded,
    places: &[Place],
    server: &ServerSide,
    client: &ClientSide,
) -> Vec<Mend> {
    let mut list = Vec::new();
    let mut add = |why: String, command: String| list.push(Mend { why, command });
    refusal(client, &mut add);
    if server.runs_here {
        demanded(server, &mut add);
    }
    for place in places {
        if let Held::Unavailable(why) = &place.held {
            add(
                why.clone(),
                format!(
                    "set what {} refers to, or write another value there",
                    key(place)
                ),
            );
        }
    }
    disagreements(places, server, client, &mut add);
    unsent(loaded, server, client, &mut add);
    list
}

fn refusal(client: &ClientSide, add: &mut impl FnMut(String, String)) {
    let Some(error) = &client.error else { return };
    let command = match client.source {
        Some(UrlSource::Flag) if error.is_kind("gateway_credentials_required") => {
            "pass --token or --password with --url"
        }
        Some(UrlSource::Env) if error.is_kind("gateway_credentials_required") => {
            "set OPENCLAW_GATEWAY_TOKEN or OPENCLAW_GATEWAY_PASSWORD, or unset OPENCLAW_GATEWAY_URL"
        }
        _ if error.is_kind("gateway_credentials_required") => {
            "openclaw config set gateway.auth.token TOKEN, with the token of the Gateway"
        }
        _ if error.message().contains("gateway.remote.url missing") => {
            "openclaw config set gateway.remote.url wss://HOST, or openclaw config set gateway.mode local"
        }
        _ if error.message().contains("plaintext") => {
            "use wss://, or an SSH tunnel: ssh -N -L 18789:127.0.0.1:18789 user@HOST"
        }
        _ => return,
    };
    add(
        error
            .message()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        command.to_owned(),
    );
}

fn demanded(server: &ServerSide, add: &mut impl FnMut(String, String)) {
    let Some(mode) = server.mode else {
        add(
            server.mode_from.clone(),
            "openclaw config set gateway.auth.mode token".to_owned(),
        );
        return;
    };
    let Some(demanded) = server.demanded() else {
        return;
    };
    if demanded.state != "unset" {
        return;
    }
    match mode {
        AuthMode::Token => add(
            "the Gateway has no token yet".to_owned(),
            "openclaw gateway run makes one, on loopback".to_owned(),
        ),
        _ => add(
            "the Gateway demands a password, and there is none".to_owned(),
            "set OPENCLAW_GATEWAY_PASSWORD for the Gateway".to_owned(),
        ),
    }
}

/// Places that hold another secret than the one that counts.
fn disagreements(
    places: &[Place],
    server: &ServerSide,
    client: &ClientSide,
    add: &mut impl FnMut(String, String),
) {
    for place in places {
        if !server.runs_here || !matches!(place.at, At::Variable | At::Service) {
            continue;
        }
        let auth = places
            .iter()
            .find(|other| other.at == At::Auth && other.kind == place.kind);
        let Some(auth) = auth.filter(|auth| agree(&auth.held, &place.held) == Some(false)) else {
            continue;
        };
        let name = place.kind.variable();
        let at = place
            .exactly
            .as_ref()
            .map(|at| format!(" {at}"))
            .unwrap_or_default();
        let command = match (place.at, &place.exactly) {
            (At::Service, _) => format!("remove {name}{at}, then systemctl --user daemon-reload"),
            (_, Some(_)) => format!("remove {name}{at}, where {} is right", key(auth)),
            (_, None) => format!("unset {name}, where {} is right", key(auth)),
        };
        add(
            format!(
                "{}{at} and {} hold different secrets",
                place.source, auth.source
            ),
            command,
        );
    }
    let of_client = [("token", &client.token), ("password", &client.password)];
    for (word, side) in of_client {
        for other in side
            .others
            .iter()
            .filter(|other| other.agrees == Some(false))
        {
            let is_known = other.source.starts_with("env ");
            if client.source == Some(UrlSource::Remote) || !is_known {
                add(
                    format!(
                        "{} and {} hold different {word}s",
                        side.from.as_deref().unwrap_or_default(),
                        other.source
                    ),
                    "openclaw gateway probe shows which one the Gateway takes".to_owned(),
                );
            }
        }
    }
}

/// What this machine's Gateway demands and this command line does not send.
fn unsent(
    loaded: &Loaded,
    server: &ServerSide,
    client: &ClientSide,
    add: &mut impl FnMut(String, String),
) {
    if client.source != Some(UrlSource::Local) || !server.runs_here || client.error.is_some() {
        return;
    }
    let (word, sent): (&str, &Credential) = match server.mode {
        Some(AuthMode::Token) => ("token", &client.token),
        Some(AuthMode::Password) => ("password", &client.password),
        Some(AuthMode::None | AuthMode::TrustedProxy) | None => return,
    };
    let demanded = server.demanded();
    let is_demanded = demanded.is_some_and(Credential::is_there);
    if is_demanded && !sent.is_there() && !client.device_token.used {
        add(
            format!("the Gateway demands a {word}, and none would be sent"),
            format!("openclaw config set gateway.auth.{word} VALUE"),
        );
    }
    let differs = demanded
        .zip(sent.digest.as_ref())
        .is_some_and(|(demanded, digest)| {
            demanded.digest.as_ref().is_some_and(|own| own != digest)
        });
    if differs {
        add(
            format!(
                "the {word} that would be sent is not the one that {} demands",
                loaded.path.display()
            ),
            "openclaw health without --token and --password".to_owned(),
        );
    }
}

/// The key or variable alone.
fn key(place: &Place) -> &str {
    place
        .source
        .split_once(' ')
        .map_or(place.source.as_str(), |(_, key)| key)
}
