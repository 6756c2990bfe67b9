//! What is set and does not count, and why.

use openclaw_config::Loaded;
use openclaw_config::schema::GatewayMode;
use openclaw_remote::UrlSource;
use serde::Serialize;

use super::client::ClientSide;
use super::places::{At, Place};

/// Something that is set and does not count.
#[derive(Debug, Serialize)]
pub(super) struct Ignored {
    /// For whom: `gateway` or `client`.
    pub(super) side: &'static str,
    /// What.
    pub(super) source: String,
    /// Why.
    pub(super) why: &'static str,
}

/// Everything of the kind.
pub(super) fn list(loaded: &Loaded, places: &[Place], client: &ClientSide) -> Vec<Ignored> {
    let mut ignored = Vec::new();
    for place in places {
        if place.at == At::Remote {
            ignored.push(Ignored {
                side: "gateway",
                source: place.source.clone(),
                why: "belongs to clients; it never lets anybody into a Gateway",
            });
        }
        let was_looked_at = [&client.token, &client.password].iter().any(|side| {
            side.from.as_ref() == Some(&place.source)
                || side.others.iter().any(|other| other.source == place.source)
        });
        if was_looked_at {
            continue;
        }
        if let Some(why) = passed_over(place.at, client.source, places) {
            ignored.push(Ignored {
                side: "client",
                source: place.source.clone(),
                why,
            });
        }
    }
    let remote = &loaded.config.gateway.remote;
    let mut key = |is_set: bool, key: &str, why| {
        if is_set {
            ignored.push(Ignored {
                side: "client",
                source: format!("config gateway.remote.{key}"),
                why,
            });
        }
    };
    let is_remote = loaded.config.gateway.mode == Some(GatewayMode::Remote);
    key(
        remote.url.is_some()
            && !matches!(
                client.source,
                Some(UrlSource::Remote | UrlSource::SshConfig)
            ),
        "url",
        if is_remote {
            "another target was asked for"
        } else {
            "counts in gateway.mode=remote only"
        },
    );
    key(
        remote.tls_fingerprint.is_some()
            && !(is_remote
                && matches!(
                    client.source,
                    Some(UrlSource::Remote | UrlSource::SshConfig | UrlSource::Env)
                )),
        "tlsFingerprint",
        "pins the configured remote Gateway only",
    );
    key(
        !remote.edge_auth.is_empty() && client.source != Some(UrlSource::Remote),
        "edgeAuth",
        "headers for the configured remote Gateway only",
    );
    ignored
}

/// Why a place was not looked at.
fn passed_over(at: At, from: Option<UrlSource>, places: &[Place]) -> Option<&'static str> {
    match at {
        At::Flag => None,
        At::Service => Some("is given to the service alone, not to this shell"),
        _ if places.iter().any(|place| place.at == At::Flag) => {
            Some("--token or --password was given, and nothing else is sent then")
        }
        At::Auth | At::Remote | At::Variable => match from {
            Some(UrlSource::Flag) => {
                Some("an explicit --url takes no credential from configuration or environment")
            }
            Some(UrlSource::Env) => {
                Some("OPENCLAW_GATEWAY_URL takes no credential from the configuration")
            }
            Some(UrlSource::SshFlag) if at == At::Auth => {
                Some("is for this machine's Gateway, and --ssh leads to another")
            }
            Some(UrlSource::SshFlag) if at == At::Remote => {
                Some("describes another host than --ssh names")
            }
            Some(UrlSource::Local) => {
                Some("counts for this machine's Gateway only where nothing local is set")
            }
            _ => None,
        },
    }
}
