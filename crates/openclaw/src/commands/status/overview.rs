//! The table at the top of `openclaw status`.

use serde_json::Value;

use super::Report;
use super::deep::{Counts, tailscale};
use super::{discovery, os};
use crate::app::{App, VERSION};
use crate::commands::service::{Kind, Service};
use crate::error::CliError;
use crate::render::field::{flag, list, number, text};
use crate::render::table::Table;

/// One row for everything there is.
pub(super) fn table(app: &App, report: &Report) -> Table {
    let mut table = Table::new(&["Item", "Value"]);
    let mut row = |item: &str, value: String| {
        if !value.is_empty() {
            table.row([item.to_owned(), value]);
        }
    };
    row("OS", os::label());
    row("Version", VERSION.to_owned());
    let state = match &report.loaded {
        Ok(loaded) if loaded.exists => "",
        Ok(_) => " (missing; defaults apply)",
        Err(_) => " (invalid)",
    };
    row(
        "Config",
        format!("{}{state}", app.out.path(app.paths.config_file())),
    );
    row("Gateway", gateway_cell(report));
    if let Some(deep) = &report.deep {
        for (item, value) in deep.rows(report) {
            row(item, value);
        }
    }
    if let Some(claim) = report.probed.tailscale() {
        row("Tailscale", tailscale(claim));
    }
    if let Some(announced) = report.probed.discovery() {
        row("Discovery", discovery::cell(announced));
    }
    for (item, kind) in [
        ("Gateway service", Kind::Gateway),
        ("Node service", Kind::Node),
    ] {
        let service = Service::find(app, kind);
        row(item, format!("{} · {}", service.label, service.state()));
    }
    if let Some(status) = &report.probed.status {
        row("Agents", agents(status));
        row("Heartbeat", heartbeat(status));
        row("Sessions", sessions(status));
        row("Events", events(status));
    }
    if report.probed.nodes.is_some() {
        let Counts {
            known,
            connected,
            pending,
        } = Counts::of(&report.probed);
        row(
            "Nodes",
            format!("{known} known · {connected} connected · {pending} pending"),
        );
    }
    if let Some(devices) = &report.probed.devices {
        let count = |key| list(devices, key).len();
        row(
            "Devices",
            format!("{} paired · {} pending", count("paired"), count("pending")),
        );
    }
    table
}

/// `local · ws://127.0.0.1:18789 (local loopback) · reachable 25ms · auth token · host`.
fn gateway_cell(report: &Report) -> String {
    let mut parts = vec![report.mode().to_owned()];
    if let Some(info) = &report.info {
        parts.push(format!("{} ({})", info.url, info.url_source));
    }
    match report.probed.latency_ms() {
        Some(ms) => {
            parts.push(format!("reachable {ms}ms"));
            parts.push(format!("auth {}", report.auth));
            parts.extend(report.probed.own_presence().map(own_presence));
        }
        None => {
            let error = report.probed.error.as_ref();
            let why = error.map(CliError::brief).unwrap_or_default();
            parts.push(match &report.info {
                Some(_) => format!("unreachable ({why})"),
                None => format!("misconfigured ({why})"),
            });
        }
    }
    parts.join(" · ")
}

/// `host (address) app version platform`.
fn own_presence(entry: &Value) -> String {
    let mut words = vec![text(entry, "host").unwrap_or("unnamed").to_owned()];
    words.extend(text(entry, "ip").map(|ip| format!("({ip})")));
    words.extend(text(entry, "version").map(|version| format!("app {version}")));
    words.extend(text(entry, "platform").map(str::to_owned));
    words.join(" ")
}

fn agents(status: &Value) -> String {
    let heartbeat = status.get("heartbeat").unwrap_or(&Value::Null);
    let agents = list(heartbeat, "agents");
    if agents.is_empty() {
        return String::new();
    }
    let default = text(heartbeat, "defaultAgentId").unwrap_or("none");
    format!("{} · default {default}", agents.len())
}

fn heartbeat(status: &Value) -> String {
    let heartbeat = status.get("heartbeat").unwrap_or(&Value::Null);
    let words: Vec<_> = list(heartbeat, "agents")
        .iter()
        .filter_map(|agent| {
            let every = if flag(agent, "enabled") {
                text(agent, "every")?
            } else {
                "off"
            };
            Some(format!("{every} ({})", text(agent, "agentId")?))
        })
        .collect();
    words.join(", ")
}

fn sessions(status: &Value) -> String {
    let Some(sessions) = status.get("sessions") else {
        return String::new();
    };
    let model = sessions
        .get("defaults")
        .and_then(|defaults| text(defaults, "model"));
    let model = model
        .map(|model| format!(" · default {model}"))
        .unwrap_or_default();
    format!("{} active{model}", number(sessions, "count").unwrap_or(0))
}

fn events(status: &Value) -> String {
    match list(status, "queuedSystemEvents").len() {
        0 => "none".to_owned(),
        queued => format!("{queued} queued"),
    }
}
