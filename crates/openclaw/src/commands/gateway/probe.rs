//! `openclaw gateway probe`

use std::net::IpAddr;
use std::time::{Duration, Instant};

use openclaw_config::schema::GatewayMode;
use openclaw_config::schema::gateway::remote::Transport;
use openclaw_config::{Loaded, resolve_port};
use openclaw_gateway_server::host;
use openclaw_policy::address::is_tailnet;
use openclaw_remote::{Target, TargetFlags, TunnelPlan, UrlSource};
use serde_json::{Value, json};

use super::discover::nearby::Nearby;
use crate::app::App;
use crate::cli::gateway::GatewayProbeArgs;
use crate::client;
use crate::clock;
use crate::commands::probe::{self, Probed, Questions};
use crate::error::CliError;
use crate::exit::Exit;
use crate::render::style;
use crate::render::time::millis;
use crate::runtime;

/// Tries every Gateway that could be meant. Fails when none of them answers.
pub(crate) fn run(app: &App, args: &GatewayProbeArgs) -> Result<(), CliError> {
    let loaded = app.load_config()?;
    let timeout = args.target.timeout.unwrap_or(TIMEOUT);
    let begun = Instant::now();
    let candidates = candidates(app, args, &loaded);
    let nearby = Nearby::new(&loaded, timeout);
    let (results, nearby) = runtime::one_shot()?.block_on(async {
        // Neither waits for the other, and nothing that was found nearby is connected to.
        tokio::join!(try_all(app, candidates, timeout), nearby.search())
    });
    let report = Report {
        results,
        nearby,
        timeout,
        took: begun.elapsed(),
    };
    if app.out.is_json() {
        app.out.json(&report.to_json(app, &loaded))?;
    } else {
        report.print(app)?;
    }
    if report.primary().is_some() {
        Ok(())
    } else {
        Err(CliError::reported(Exit::Failure))
    }
}

/// How long each target may take without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Tries one after the other.
async fn try_all(app: &App, candidates: Vec<Candidate>, timeout: Duration) -> Vec<Tried> {
    let mut results = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let questions = Questions {
            status: true,
            health: Some(false),
            members: false,
        };
        let probed = match &candidate.target {
            Ok(target) => probe::ask(app, target, timeout, questions).await,
            Err(_) => Probed::failed(CliError::failure("no target")),
        };
        results.push(candidate.with(probed));
    }
    results
}

/// A Gateway that could be meant.
struct Candidate {
    id: &'static str,
    name: &'static str,
    active: bool,
    target: Result<Target, CliError>,
}

impl Candidate {
    fn with(self, probed: Probed) -> Tried {
        let plan = self.target.as_ref().ok().and_then(|one| one.tunnel.clone());
        let (url, probed) = match self.target {
            Ok(target) => (Some(target.info.url.to_string()), probed),
            Err(error) => (None, Probed::failed(error)),
        };
        Tried {
            tunnel: plan,
            id: self.id,
            name: self.name,
            active: self.active,
            url,
            probed,
        }
    }
}

/// The one given by hand, the configured remote one, and the one of this machine. Credentials
/// that are given by hand go to the Gateway that is given by hand, and to no other.
fn candidates(app: &App, args: &GatewayProbeArgs, loaded: &Loaded) -> Vec<Candidate> {
    let mut flags = client::flags(&args.target);
    let resolve = |flags: &TargetFlags, loaded: &Loaded| {
        Target::resolve(flags, &app.paths, loaded).map_err(|why| client::refused(&why))
    };
    let mut found = Vec::new();
    found.extend(through_ssh(&mut flags, loaded, resolve));
    let is_explicit = flags.url.is_some();
    let is_remote = loaded.config.gateway.mode == Some(GatewayMode::Remote)
        && found.iter().all(|candidate| !candidate.active);
    if is_explicit {
        let target = resolve(&flags, loaded);
        found.push(Candidate {
            id: "explicit",
            name: "Explicit URL",
            active: true,
            target,
        });
    } else if let Ok(target) = resolve(&flags, loaded)
        && target.info.url_source == UrlSource::Env
    {
        found.push(Candidate {
            id: "env",
            name: "OPENCLAW_GATEWAY_URL",
            active: true,
            target: Ok(target),
        });
    }
    let profile = app.paths.profile().map(|profile| &profile.value);
    let configured = loaded.config.gateway.port;
    let port = resolve_port(flags.port, &loaded.env, configured, profile)
        .port
        .value;
    let is_remote = is_remote && !is_explicit && flags.port.is_none();
    let (for_remote, for_local) = match (is_explicit, is_remote) {
        (true, _) => (TargetFlags::default(), TargetFlags::default()),
        (false, true) => (flags, TargetFlags::default()),
        (false, false) => (TargetFlags::default(), flags),
    };
    if loaded.config.gateway.remote.url.is_some() {
        let mut remote = loaded.clone();
        remote.config.gateway.mode = Some(GatewayMode::Remote);
        // The address as it stands; the tunnel is a candidate of its own.
        remote.config.gateway.remote.transport = Transport::Direct;
        remote.env = remote.env.without(openclaw_config::env::GATEWAY_URL);
        found.push(Candidate {
            id: "configRemote",
            name: "Configured remote",
            active: is_remote && found.iter().all(|candidate| !candidate.active),
            target: resolve(&for_remote, &remote),
        });
    }
    let own = TargetFlags {
        port: Some(port),
        ..for_local
    };
    let active = found.iter().all(|candidate| !candidate.active);
    found.push(Candidate {
        id: "localLoopback",
        name: "Local loopback",
        active,
        target: resolve(&own, loaded),
    });
    found
}

/// The one behind `--ssh`, or behind `gateway.remote.sshTarget` where nothing else is given by
/// hand. What is given by hand with `--ssh` is for that Gateway alone, and taken out of the flags.
fn through_ssh(
    flags: &mut TargetFlags,
    loaded: &Loaded,
    resolve: impl Fn(&TargetFlags, &Loaded) -> Result<Target, CliError>,
) -> Option<Candidate> {
    let candidate = |active, target| Candidate {
        id: "sshTunnel",
        name: "SSH tunnel",
        active,
        target,
    };
    if flags.ssh.is_some() {
        let target = resolve(&std::mem::take(flags), loaded);
        return Some(candidate(true, target));
    }
    let remote = &loaded.config.gateway.remote;
    let configured = remote.ssh_target.as_ref()?;
    if remote.transport != Transport::Ssh || flags.url.is_some() || flags.port.is_some() {
        return None;
    }
    let is_active = resolve(flags, loaded).is_ok_and(|target| target.tunnel.is_some());
    let mut own = TargetFlags {
        ssh: Some(configured.clone()),
        ssh_identity: flags.ssh_identity.take(),
        ..TargetFlags::default()
    };
    if is_active {
        own.token = flags.token.take();
        own.password = flags.password.take();
    }
    Some(candidate(is_active, resolve(&own, loaded)))
}

/// A Gateway that was tried.
struct Tried {
    tunnel: Option<TunnelPlan>,
    id: &'static str,
    name: &'static str,
    active: bool,
    url: Option<String>,
    probed: Probed,
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
            // Its near end is gone by now, and the process with it.
            "tunnel": self.tunnel.as_ref().map(|plan| json!({
                "kind": "ssh",
                "target": plan.ssh_target(),
                "localPort": null,
                "remotePort": plan.spec.remote_port(),
                "pid": null,
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

struct Report {
    results: Vec<Tried>,
    nearby: Nearby,
    timeout: Duration,
    took: Duration,
}

impl Report {
    /// The one that commands would speak to, else the first that answers.
    fn primary(&self) -> Option<&Tried> {
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
        if reachable.len() > 1 {
            warnings.push(json!({
                "code": "multiple_gateways",
                "message": "Several gateways answer: make sure that commands reach the one you mean.",
                "targetIds": reachable,
            }));
        }
        warnings
    }

    fn print(&self, app: &App) -> Result<(), CliError> {
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
            out.line(format!("  {}", connect_line(&tried.probed)))?;
        }
        Ok(())
    }

    fn to_json(&self, app: &App, loaded: &Loaded) -> Value {
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
