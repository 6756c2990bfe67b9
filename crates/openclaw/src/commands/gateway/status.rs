//! `openclaw gateway status`

use std::path::PathBuf;
use std::time::Duration;

use openclaw_config::{Config, LoadError, Loaded, PortChoice, Resolved, resolve_port};
use openclaw_policy::{BindMode, TailscaleMode};
use openclaw_remote::Target;
use serde_json::{Map, Value, json};

use super::listeners::{self, Listener};
use crate::app::{App, VERSION};
use crate::cli::gateway::GatewayStatusArgs;
use crate::client;
use crate::commands::probe::{self, Probed, Questions};
use crate::commands::service::{Kind, Service};
use crate::commands::status::deep;
use crate::error::CliError;
use crate::exit::Exit;
use crate::logging::LogPlace;
use crate::render::style;
use crate::runtime;

/// Shows service, configuration and whether the Gateway answers. Fails only with `--require-rpc`.
pub(crate) fn run(app: &App, args: &GatewayStatusArgs) -> Result<(), CliError> {
    let loaded = app.try_load_config();
    let report = Report::gather(app, args, &loaded)?;
    if app.out.is_json() {
        app.out.json(&report.to_json(app, &loaded))?;
    } else {
        report.print(app, &loaded)?;
    }
    let answers = report.probed.as_ref().is_some_and(Probed::is_reachable);
    if args.require_rpc && !answers {
        return Err(CliError::reported(Exit::Failure));
    }
    Ok(())
}

struct Report {
    service: Service,
    log_file: PathBuf,
    bind: BindMode,
    host: String,
    port: PortChoice,
    listeners: Vec<Listener>,
    url: Option<String>,
    probed: Option<Probed>,
    deep: bool,
}

impl Report {
    fn gather(
        app: &App,
        args: &GatewayStatusArgs,
        loaded: &Result<Loaded, LoadError>,
    ) -> Result<Self, CliError> {
        let defaults = Config::default();
        let config = loaded.as_ref().map_or(&defaults, |loaded| &loaded.config);
        let env = loaded.as_ref().map_or(&app.env, |loaded| &loaded.env);
        let profile = app.paths.profile().map(|profile| &profile.value);
        // With --ssh it is a port of another machine.
        let here = args.target.port.filter(|_| args.target.ssh.is_none());
        let port = resolve_port(here, env, config.gateway.port, profile);
        let target = match loaded {
            Ok(loaded) => Target::resolve(&client::flags(&args.target), &app.paths, loaded)
                .map_err(|why| client::refused(&why)),
            Err(error) => Err(crate::app::refused_config(error)),
        };
        let url = target
            .as_ref()
            .ok()
            .map(|target| target.info.url.to_string());
        let probed = match target {
            _ if args.no_probe => None,
            Ok(target) => {
                let timeout = args.target.timeout.unwrap_or(TIMEOUT);
                // Only a Gateway that may be on Tailscale is asked what became of it.
                let on_tailscale = config.gateway.tailscale.mode != TailscaleMode::Off;
                let questions = Questions {
                    status: args.deep || on_tailscale,
                    ..Questions::default()
                };
                let ask = probe::ask(app, &target, timeout, questions);
                Some(runtime::one_shot()?.block_on(ask))
            }
            Err(error) => Some(Probed::failed(error)),
        };
        Ok(Self {
            service: Service::find(app, Kind::Gateway),
            log_file: LogPlace::of(&config.logging, env).now(),
            bind: config.gateway.bind,
            host: host_of(config),
            listeners: listeners::on_port(port.port.value.get()),
            port,
            url,
            probed,
            deep: args.deep,
        })
    }

    fn print(&self, app: &App, loaded: &Result<Loaded, LoadError>) -> Result<(), CliError> {
        let out = &app.out;
        out.line(format!(
            "Service: {} ({})",
            self.service.label,
            self.service.state()
        ))?;
        out.line(format!("File logs: {}", out.path(&self.log_file)))?;
        if let Some(file) = &self.service.file {
            out.line(format!("Service file: {}", out.path(file)))?;
        }
        out.blank()?;
        let state = match loaded {
            Ok(loaded) if loaded.exists => "",
            Ok(_) => " (missing)",
            Err(_) => " (invalid)",
        };
        out.line(format!(
            "Config (cli): {}{state}",
            out.path(app.paths.config_file())
        ))?;
        out.blank()?;
        let Resolved { value: port, from } = &self.port.port;
        out.line(format!(
            "Gateway: bind={} ({}), port={port} ({from})",
            self.bind, self.host
        ))?;
        if let Some(url) = &self.url {
            out.line(format!("Probe target: {url}"))?;
        }
        if let Some(note) = self.note() {
            out.line(format!("Probe note: {note}"))?;
        }
        out.blank()?;
        out.line(format!("Runtime: {}", self.runtime_text()))?;
        self.print_probe(app)?;
        out.blank()?;
        if !self.listeners.is_empty() {
            let addresses: Vec<_> = self
                .listeners
                .iter()
                .map(|one| one.address.as_str())
                .collect();
            out.line(format!("Listening: {}", addresses.join(", ")))?;
        }
        if self.deep {
            self.listeners
                .iter()
                .try_for_each(|listener| out.line(format!("- {listener}")))?;
        }
        out.line("Troubles: run openclaw status")
    }

    fn print_probe(&self, app: &App) -> Result<(), CliError> {
        let out = &app.out;
        let Some(probed) = &self.probed else {
            return Ok(());
        };
        match (&probed.error, &probed.hello) {
            (_, Some(hello)) => {
                out.line(format!(
                    "Connectivity probe: {}",
                    out.paint(style::GOOD, "ok")
                ))?;
                out.line(format!("Capability: {}", hello.capability))?;
                match probed.tailscale() {
                    Some(claim) => out.line(format!("Tailscale: {}", deep::tailscale(claim))),
                    None => Ok(()),
                }
            }
            (error, _) => {
                out.note(format!(
                    "Connectivity probe: {}",
                    out.paint_note(style::BAD, "failed")
                ));
                if let Some(url) = &self.url {
                    out.note(format!("RPC target: {url}"));
                }
                for line in error
                    .as_ref()
                    .map(CliError::text)
                    .unwrap_or_default()
                    .lines()
                {
                    out.note(format!("  {line}"));
                }
                Ok(())
            }
        }
    }

    fn note(&self) -> Option<String> {
        match self.bind {
            BindMode::Loopback | BindMode::Auto => {
                Some("Loopback-only gateway; only local clients can connect.".to_owned())
            }
            BindMode::Lan => Some(
                "Local probe uses loopback (127.0.0.1). bind=lan listens on 0.0.0.0 (all \
                 interfaces); use a LAN IP for remote clients."
                    .to_owned(),
            ),
            BindMode::Custom | BindMode::Tailnet => None,
        }
    }

    fn runtime_text(&self) -> String {
        match self.listeners.iter().find_map(|listener| listener.pid) {
            Some(pid) => format!("running (pid {pid})"),
            None if !self.listeners.is_empty() => "running".to_owned(),
            None if cfg!(target_os = "linux") => "not running on this port".to_owned(),
            None => "unknown".to_owned(),
        }
    }

    fn to_json(&self, app: &App, loaded: &Result<Loaded, LoadError>) -> Value {
        let path = app.paths.config_file().display().to_string();
        let config = match loaded {
            Ok(loaded) => json!({ "path": path, "exists": loaded.exists, "valid": true }),
            Err(LoadError::Invalid(invalid)) => {
                json!({ "path": path, "exists": true, "valid": false, "issues": invalid.issues })
            }
            Err(error) => {
                json!({ "path": path, "exists": true, "valid": false, "error": error.to_string() })
            }
        };
        let runtime = match self.listeners.first() {
            Some(listener) => json!({ "status": "running", "pid": listener.pid }),
            None if cfg!(target_os = "linux") => json!({ "status": "stopped" }),
            None => json!({ "status": "unknown" }),
        };
        let port = self.port.port.value;
        let mut gateway = Map::new();
        gateway.insert("bindMode".to_owned(), json!(self.bind));
        gateway.insert("bindHost".to_owned(), json!(self.host));
        gateway.insert("port".to_owned(), json!(port));
        gateway.insert(
            "portSource".to_owned(),
            json!(self.port.port.from.to_string()),
        );
        gateway.insert("probeUrl".to_owned(), json!(self.url));
        if let Some(note) = self.note() {
            gateway.insert("probeNote".to_owned(), json!(note));
        }
        let mut report = json!({
            "cli": { "version": VERSION },
            "logFile": self.log_file.display().to_string(),
            "service": self.service.to_json(&runtime),
            "config": { "cli": config },
            "gateway": gateway,
            "port": {
                "port": port,
                "status": match self.listeners.is_empty() {
                    false => "busy",
                    true if cfg!(target_os = "linux") => "free",
                    true => "unknown",
                },
                "listeners": self.listeners,
                "hints": [],
            },
            "extraServices": [],
        });
        if let Some(claim) = self.probed.as_ref().and_then(Probed::tailscale) {
            report["tailscale"] = claim.clone();
        }
        if let Some(probed) = &self.probed {
            report["rpc"] = rpc(probed, self.url.as_deref());
        }
        report
    }
}

/// What came of the probe, for programs.
fn rpc(probed: &Probed, url: Option<&str>) -> Value {
    let mut rpc = json!({ "ok": probed.is_reachable(), "url": url });
    if let Some(error) = &probed.error {
        rpc["error"] = json!(error.message());
        rpc["details"] = error.to_json()["error"].take();
    }
    if let Some(hello) = &probed.hello {
        rpc["kind"] = json!("connect");
        rpc["capability"] = json!(hello.capability);
        rpc["latencyMs"] = json!(probed.latency_ms());
        rpc["protocol"] = json!(hello.protocol);
        rpc["auth"] =
            json!({ "role": "operator", "scopes": hello.scopes, "capability": hello.capability });
        rpc["version"] = hello.server.get("version").cloned().unwrap_or_default();
        rpc["server"] = hello.server.clone();
    }
    rpc
}

/// The address that a bind mode stands for, as far as it is known without asking the host.
fn host_of(config: &Config) -> String {
    match config.gateway.bind {
        BindMode::Loopback | BindMode::Auto => "127.0.0.1".to_owned(),
        BindMode::Lan => "0.0.0.0".to_owned(),
        BindMode::Tailnet => "tailnet address".to_owned(),
        BindMode::Custom => config
            .gateway
            .custom_bind_host
            .clone()
            .unwrap_or_else(|| "not set".to_owned()),
    }
}

/// How long the probe may take without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(10);
