//! `--deep`: how the Gateway is reached, and what it shows to others.

use std::time::Duration;

use openclaw_config::{LoadError, Loaded};
use openclaw_connect::dial::certificate_of;
use openclaw_connect::{Limits, SystemNetwork};
use openclaw_policy::TailscaleMode;
use openclaw_remote::{Chosen, Target, UrlSource};
use openclaw_tls_pin::CertificateInfo;
use serde_json::{Value, json};

use super::Report;
use crate::clock;
use crate::commands::probe::Probed;
use crate::render::field::{flag, list, text};

/// What `--deep` adds.
#[derive(Debug)]
pub(super) struct Deep {
    credentials: Vec<(&'static str, String)>,
    certificate: Option<Result<CertificateInfo, String>>,
    /// The SSH tunnel that leads there, as a person would open it.
    tunnel: Option<String>,
    /// Whether the Gateway is the one of this machine.
    is_local: bool,
}

impl Deep {
    /// Looks at the target; the certificate is looked at, and not one byte is sent.
    pub(super) async fn look(target: &Target, timeout: Duration) -> Self {
        let url = &target.info.url;
        let mut limits = Limits::default();
        limits.resolve = timeout;
        limits.connect = timeout;
        limits.tls = timeout;
        let certificate = if target.tunnel.is_some() && url.is_secure() {
            // The address is that of the far end, and nothing here leads to it.
            Some(Err("it is at the other end of the tunnel".to_owned()))
        } else if url.is_secure() {
            let seen = certificate_of(url, &limits, &SystemNetwork).await;
            Some(seen.map_err(|error| error.to_string()))
        } else {
            None
        };
        let credentials = &target.credentials;
        let from = |kind, chosen: &Option<Chosen>| {
            let chosen = chosen.as_ref()?;
            Some((kind, chosen.from.to_string()))
        };
        Self {
            credentials: [
                from("token", &credentials.token),
                from("password", &credentials.password),
            ]
            .into_iter()
            .flatten()
            .collect(),
            certificate,
            tunnel: target.info.tunnel.clone(),
            is_local: target.info.url_source == UrlSource::Local && target.tunnel.is_none(),
        }
    }

    /// Rows of the overview.
    pub(super) fn rows(&self, report: &Report) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        let shown: Vec<String> = self
            .credentials
            .iter()
            .map(|(kind, from)| format!("{kind} from {from}"))
            .collect();
        let auth = match shown.as_slice() {
            [] => "no shared secret is sent".to_owned(),
            shown => shown.join(" · "),
        };
        rows.push(("Auth", auth));
        let tls = match &self.certificate {
            None => "off".to_owned(),
            Some(Ok(certificate)) => {
                let (days, word) = days_left(certificate);
                format!(
                    "{} · sha256:{} · {days} days {word}",
                    certificate.subject, certificate.fingerprint
                )
            }
            Some(Err(why)) => format!("not seen ({why})"),
        };
        rows.push(("TLS", tls));
        let own = self.is_local.then(|| configured(&report.loaded)).flatten();
        let words: Vec<_> = own.into_iter().chain(told(&report.probed)).collect();
        if !words.is_empty() {
            rows.push(("Exposure", words.join(" · ")));
        }
        let tunnel = self.tunnel.clone();
        rows.push(("Tunnel", tunnel.unwrap_or_else(|| "none".to_owned())));
        rows
    }

    /// `auth`, `tls`, `exposure`, `tunnel` and `nodeCounts` of the JSON report.
    pub(super) fn members(&self, report: &Report) -> Vec<(&'static str, Value)> {
        let sources: Vec<Value> = self
            .credentials
            .iter()
            .map(|(kind, from)| json!({ "kind": kind, "source": from }))
            .collect();
        let tls = match &self.certificate {
            None => json!({ "enabled": false }),
            Some(Err(why)) => json!({ "enabled": true, "error": why }),
            Some(Ok(certificate)) => {
                let now = now_seconds();
                json!({
                    "enabled": true,
                    "subject": certificate.subject,
                    "fingerprint": format!("sha256:{}", certificate.fingerprint),
                    "keyFingerprint": certificate
                        .key_fingerprint
                        .map(|key| format!("spki-sha256:{key}")),
                    "notAfter": certificate.not_after,
                    "daysLeft": certificate.not_after.saturating_sub(now).div_euclid(DAY_SECONDS),
                })
            }
        };
        let exposure = match &report.loaded {
            Ok(loaded) if self.is_local => json!({
                "bind": loaded.config.gateway.bind,
                "tailscale": loaded.config.gateway.tailscale.mode.as_str(),
                "tailscaleState": report.probed.tailscale(),
                "gateway": report.probed.exposure(),
            }),
            _ => json!({
                "tailscaleState": report.probed.tailscale(),
                "gateway": report.probed.exposure(),
            }),
        };
        let counts = Counts::of(&report.probed);
        vec![
            ("auth", json!({ "sources": sources })),
            ("tls", tls),
            ("exposure", exposure),
            (
                "tunnel",
                self.tunnel
                    .as_ref()
                    .map_or(Value::Null, |command| json!({ "command": command })),
            ),
            (
                "nodeCounts",
                json!({
                    "known": counts.known,
                    "connected": counts.connected,
                    "pending": counts.pending,
                }),
            ),
        ]
    }
}

/// How many nodes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) known: usize,
    pub(super) connected: usize,
    /// Devices that ask to be nodes, and nodes whose commands wait for approval.
    pub(super) pending: usize,
}

impl Counts {
    pub(super) fn of(probed: &Probed) -> Self {
        let (nothing, nodes) = (Value::Null, probed.nodes.as_ref());
        let nodes = list(nodes.unwrap_or(&nothing), "nodes");
        let surfaces = nodes.iter().filter(|node| {
            text(node, "approvalState").is_some_and(|state| state.starts_with("pending"))
        });
        let devices = probed.devices.as_ref().unwrap_or(&nothing);
        let asking = list(devices, "pending").iter().filter(|request| {
            text(request, "role") == Some("node")
                || list(request, "roles").iter().any(|role| role == "node")
        });
        Self {
            known: nodes.len(),
            connected: nodes.iter().filter(|node| flag(node, "connected")).count(),
            pending: surfaces.count() + asking.count(),
        }
    }
}

/// `active · https://…`, or why not and what mends it.
pub(crate) fn tailscale(claim: &Value) -> String {
    let words = ["state", "url", "reason"].map(|key| text(claim, key));
    let mut line = words.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    if let Some(remedy) = text(claim, "remedy") {
        line.push_str(&format!(" (fix: {remedy})"));
    }
    line
}

/// Where the Gateway says that it listens, wherever it is.
fn told(probed: &Probed) -> Option<String> {
    let exposure = probed.exposure()?;
    let listening: Vec<_> = list(exposure, "listening")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let way = if flag(exposure, "tls") {
        "TLS"
    } else {
        "no TLS"
    };
    let auth = text(exposure, "auth").unwrap_or("unknown");
    Some(format!(
        "listens on {} · {way} · auth {auth}",
        listening.join(", ")
    ))
}

/// What this machine's configuration says.
fn configured(loaded: &Result<Loaded, LoadError>) -> Option<String> {
    let gateway = &loaded.as_ref().ok()?.config.gateway;
    let tailscale = match gateway.tailscale.mode {
        TailscaleMode::Off => "not on Tailscale".to_owned(),
        mode => format!("tailscale {mode}"),
    };
    Some(format!("bind {} · {tailscale}", gateway.bind))
}

fn days_left(certificate: &CertificateInfo) -> (u64, &'static str) {
    let left = certificate.not_after.saturating_sub(now_seconds());
    let days = left.div_euclid(DAY_SECONDS).unsigned_abs();
    (days, if left < 0 { "too old" } else { "left" })
}

fn now_seconds() -> i64 {
    i64::try_from(clock::now_ms() / 1000).unwrap_or(i64::MAX)
}

const DAY_SECONDS: i64 = 86_400;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::tailscale;

    #[test]
    fn a_claim_is_one_line() {
        assert_eq!(
            tailscale(&json!({ "state": "active", "url": "https://pi.ts.net/" })),
            "active · https://pi.ts.net/"
        );
        assert_eq!(
            tailscale(&json!({
                "state": "degraded", "reason": "not logged in", "remedy": "tailscale up",
            })),
            "degraded · not logged in (fix: tailscale up)"
        );
    }
}
