//! What came of a probe, for people and for programs.

use std::net::IpAddr;
use std::time::Duration;

use openclaw_config::{Loaded, resolve_port};
use openclaw_gateway_server::host;
use openclaw_policy::address::is_tailnet;
use openclaw_remote::TunnelPlan;
use openclaw_ssh_tunnel::SshTarget;
use serde_json::{Value, json};

use crate::app::App;
use crate::clock;
use crate::commands::gateway::discover::nearby::Nearby;
use crate::commands::probe::Probed;
use crate::error::CliError;
use crate::render::style;
use crate::render::time::millis;

/// A Gateway that was tried.
#[derive(Debug)]
pub(super) struct Tried {
    /// The tunnel that leads there.
    pub(super) tunnel: Option<TunnelPlan>,
    /// Where that tunnel's `ssh` connects to, aliases resolved.
    pub(super) resolved: Option<SshTarget>,
    /// Where its target came from.
    pub(super) from: Option<&'static str>,
    /// Its name for programs.
    pub(super) id: &'static str,
    /// Its name for people.
    pub(super) name: &'static str,
    /// Whether commands would speak to it.
    pub(super) active: bool,
    /// Its address, where there is one.
    pub(super) url: Option<String>,
    /// What came of it.
    pub(super) probed: Probed,
}

impl Tried {
    fn to_json(&self) -> Value {
        let probed = &self.probed;
        let reachable = probed.is_reachable();
        let hello = probed.hello.as_ref();
        json!({
            "id": self.id,
            "kind": self.id,
            "url": self.url,
            "active": self.active,
            // As it stood; unless it is shared, its near end is gone by now with its process.
            "tunnel": self.tunnel.as_ref().map(|plan| json!({
                "kind": "ssh",
                "target": plan.ssh_target(),
                "from": self.from,
                "resolved": self.resolved.as_ref().map(ToString::to_string),
                "localPort": probed.tunnel.map(|up| up.local_addr.port()),
                "remotePort": plan.spec.remote_port(),
                "pid": probed.tunnel.map(|up| up.pid),
                "shared": probed.tunnel.map(|up| up.is_shared),
            })),
            "connect": {
                "ok": reachable,
                "rpcOk": reachable && probed.error.is_none(),
                "scopeLimited": hello.is_some_and(|hello| hello.capability != "admin"),
                "latencyMs": probed.latency_ms(),
                "error": probed.error_message(),
                "close": null,
            },
            "auth": hello.map(|hello| json!({
                "role": "operator", "scopes": hello.scopes, "capability": hello.capability,
            })),
            "server": hello.map(|hello| &hello.server),
            "self": probed.own_presence(),
            "config": null,
            "health": probed.health,
            "summary": probed.status,
            "presence": probed.presence,
        })
    }
}

/// All that came of it.
pub(super) struct Report {
    /// Who was tried.
    pub(super) results: Vec<Tried>,
    /// Who was found beside them.
    pub(super) nearby: Nearby,
    /// Whether `--ssh-auto` found nobody.
    pub(super) is_missing: bool,
    /// How long each might take.
    pub(super) timeout: Duration,
    /// How long all took.
    pub(super) took: Duration,
}

impl Report {
    /// The one that commands would speak to, else the first that answers.
    pub(super) fn primary(&self) -> Option<&Tried> {
        let reachable = || {
            self.results
                .iter()
                .filter(|tried| tried.probed.is_reachable())
        };
        reachable()
            .find(|tried| tried.active)
            .or_else(|| reachable().next())
    }

    fn warnings(&self) -> Vec<Value> {
        let reachable: Vec<_> = self
            .results
            .iter()
            .filter(|tried| tried.probed.is_reachable())
            .map(|tried| tried.id)
            .collect();
        let mut warnings = Vec::new();
        for tried in &self.results {
            let error = tried.probed.error.as_ref();
            if let Some(error) = error.filter(|error| error.is_kind("ssh_tunnel_error")) {
                warnings.push(json!({
                    "code": "ssh_tunnel_failed",
                    "message": format!("SSH tunnel failed: {}", error.text()),
                    "targetIds": [tried.id],
                }));
            }
        }
        if self.is_missing {
            warnings.push(json!({
                "code": "ssh_auto_no_target",
                "message": "--ssh-auto found no host: gateway.remote.url names none, and no \
                            gateway answered nearby. Name one: --ssh user@host",
                "targetIds": [],
            }));
        }
        if reachable.len() > 1 {
            warnings.push(json!({
                "code": "multiple_gateways",
                "message": "Several gateways answer: make sure that commands reach the one you mean.",
                "targetIds": reachable,
            }));
        }
        warnings
    }

    pub(super) fn print(&self, app: &App) -> Result<(), CliError> {
        let out = &app.out;
        out.title("Gateway Status")?;
        let reachable = match self.primary() {
            Some(_) => out.paint(style::GOOD, "yes"),
            None => out.paint(style::BAD, "no"),
        };
        out.line(format!("Reachable: {reachable}"))?;
        out.line(format!("Probe budget: {}ms", millis(self.timeout)))?;
        let warnings = self.warnings();
        if !warnings.is_empty() {
            out.line("Warning:")?;
            for warning in &warnings {
                out.line(format!(
                    "- {}",
                    warning["message"].as_str().unwrap_or_default()
                ))?;
            }
        }
        out.blank()?;
        out.title("Discovery (this machine)")?;
        out.line(self.nearby.summary())?;
        out.blank()?;
        out.title("Targets")?;
        for tried in &self.results {
            out.line(
                format!(
                    "{} {}",
                    tried.name,
                    match &tried.tunnel {
                        Some(plan) => plan.by_hand(),
                        None => tried.url.clone().unwrap_or_default(),
                    }
                )
                .trim_end(),
            )?;
            if let Some(from) = tried.from {
                let resolved = tried.resolved.as_ref();
                let resolved = resolved.map(|target| format!(", which is {target}"));
                out.line(format!("  Target: {from}{}", resolved.unwrap_or_default()))?;
            }
            out.line(format!("  {}", connect_line(&tried.probed)))?;
        }
        Ok(())
    }

    pub(super) fn to_json(&self, app: &App, loaded: &Loaded) -> Value {
        let profile = app.paths.profile().map(|profile| &profile.value);
        let port = resolve_port(None, &loaded.env, loaded.config.gateway.port, profile)
            .port
            .value;
        let tailnet = host::interfaces()
            .into_iter()
            .find(|address| matches!(address, IpAddr::V4(_)) && is_tailnet(*address));
        let tls = loaded.config.gateway.tls.enabled;
        let scheme = if tls { "wss" } else { "ws" };
        let primary = self.primary();
        let capability = primary.and_then(|tried| Some(tried.probed.hello.as_ref()?.capability));
        json!({
            "ok": primary.is_some(),
            "degraded": primary.is_some_and(|tried| tried.probed.error.is_some()),
            "capability": capability,
            "ts": clock::now_ms(),
            "durationMs": millis(self.took),
            "timeoutMs": millis(self.timeout),
            "primaryTargetId": primary.map(|tried| tried.id),
            "warnings": self.warnings(),
            "network": {
                "localLoopbackUrl": format!("{scheme}://127.0.0.1:{port}"),
                "localTailnetUrl": tailnet.map(|address| format!("{scheme}://{address}:{port}")),
                "tailnetIPv4": tailnet,
            },
            "discovery": self.nearby.to_json(),
            "targets": self.results.iter().map(Tried::to_json).collect::<Vec<_>>(),
        })
    }
}

fn connect_line(probed: &Probed) -> String {
    match (probed.latency_ms(), &probed.hello) {
        (Some(ms), Some(hello)) => {
            let read = if probed.error.is_none() {
                "ok"
            } else {
                "failed"
            };
            format!(
                "Connect: ok ({ms}ms) · Capability: {} · Read probe: {read}",
                hello.capability
            )
        }
        _ => {
            let why = probed
                .error
                .as_ref()
                .map(CliError::brief)
                .unwrap_or_default();
            format!("Connect: failed - {why}")
        }
    }
}
