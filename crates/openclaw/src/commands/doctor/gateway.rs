//! What the Gateway says: whether it answers, its version, Tailscale, its nodes, its clock.

use openclaw_config::{LoadError, Loaded};
use openclaw_policy::TailscaleMode;
use serde_json::Value;

use super::check::{Check, Status};
use crate::app::VERSION;
use crate::clock;
use crate::commands::probe::Probed;
use crate::render::field::{flag, list, number, text};

/// The checks. `is_here`: the Gateway is on this machine.
pub(super) fn checks(
    loaded: &Result<Loaded, LoadError>,
    probed: &Probed,
    is_here: bool,
) -> Vec<Check> {
    let mut checks = vec![answers(probed)];
    checks.extend(version(probed, is_here));
    checks.extend(tailscale(loaded, probed, is_here));
    checks.extend(nodes(probed));
    checks.extend(skew(probed));
    checks
}

fn answers(probed: &Probed) -> Check {
    if let Some(ms) = probed.latency_ms() {
        return Check::new(
            "gateway.answers",
            Status::Ok,
            format!("The Gateway answers in {ms} ms"),
        );
    }
    let check = Check::new(
        "gateway.answers",
        Status::Warn,
        "The Gateway does not answer",
    );
    let Some(error) = &probed.error else {
        return check;
    };
    let remedy = error
        .hints()
        .first()
        .map_or("openclaw gateway run", String::as_str);
    check.detail(error.text()).remedy(remedy)
}

/// Whether the Gateway that runs here is the program that is installed here.
fn version(probed: &Probed, is_here: bool) -> Option<Check> {
    let server = &probed.hello.as_ref()?.server;
    let running = text(server, "version")?;
    if !is_here || running == VERSION {
        return Some(Check::new(
            "gateway.version",
            Status::Ok,
            format!("The Gateway is version {running}"),
        ));
    }
    Some(
        Check::new(
            "gateway.version",
            Status::Warn,
            format!("The Gateway is version {running}, this program is {VERSION}"),
        )
        .remedy("openclaw gateway restart; where another program serves: openclaw gateway install --force"),
    )
}

fn tailscale(loaded: &Result<Loaded, LoadError>, probed: &Probed, is_here: bool) -> Option<Check> {
    let wanted = loaded
        .as_ref()
        .is_ok_and(|loaded| loaded.config.gateway.tailscale.mode != TailscaleMode::Off);
    let said = probed
        .status
        .as_ref()
        .and_then(|status| status.get("tailscale"));
    match said {
        Some(claim) => {
            let state = text(claim, "state").unwrap_or("unknown");
            if let Some(url) = text(claim, "url") {
                return Some(Check::new(
                    "tailscale",
                    Status::Ok,
                    format!("Tailscale: {url}"),
                ));
            }
            let status = match state {
                "degraded" => Status::Warn,
                _ => Status::Ok,
            };
            let mut check = Check::new("tailscale", status, format!("Tailscale: {state}"));
            check.detail = text(claim, "reason").map(str::to_owned);
            check.remedy = text(claim, "remedy").map(str::to_owned);
            Some(check)
        }
        None if wanted && probed.is_reachable() && is_here => Some(
            Check::new(
                "tailscale",
                Status::Warn,
                "gateway.tailscale.mode is set, and the running Gateway claims nothing",
            )
            .remedy("openclaw gateway restart"),
        ),
        None if wanted => Some(Check::new(
            "tailscale",
            Status::Skipped,
            "Tailscale: only the running Gateway knows",
        )),
        None => None,
    }
}

/// Nodes of ours that are older or newer than their Gateway.
fn nodes(probed: &Probed) -> Option<Check> {
    let nodes = list(probed.nodes.as_ref()?, "nodes");
    let server = &probed.hello.as_ref()?.server;
    let gateway = text(server, "version").unwrap_or(VERSION);
    let other: Vec<String> = nodes
        .iter()
        .filter(|node| flag(node, "connected") && text(node, "clientId") == Some("node-host"))
        .filter_map(|node| {
            let version = text(node, "version").filter(|version| *version != gateway)?;
            let name = text(node, "displayName").or_else(|| text(node, "nodeId"))?;
            Some(format!("{name}: {version}"))
        })
        .collect();
    let connected = nodes.iter().filter(|node| flag(node, "connected")).count();
    if other.is_empty() {
        let title = format!("{connected} of {} nodes connected", nodes.len());
        return Some(Check::new("nodes.version", Status::Ok, title));
    }
    Some(
        Check::new(
            "nodes.version",
            Status::Warn,
            format!(
                "{} nodes have another version than the Gateway ({gateway})",
                other.len()
            ),
        )
        .detail(other.join("\n"))
        .remedy("update the program on these machines; both versions go on working together"),
    )
}

/// Whether this machine and the Gateway agree on the time: signatures are refused otherwise.
fn skew(probed: &Probed) -> Option<Check> {
    let theirs = number(probed.health.as_ref().unwrap_or(&Value::Null), "ts")?;
    let apart = clock::now_ms().abs_diff(theirs) / 1000;
    (apart > MOST_SECONDS).then(|| {
        Check::new(
            "clock.skew",
            Status::Warn,
            format!("This machine and the Gateway are {apart} seconds apart"),
        )
        .remedy("set both clocks: timedatectl set-ntp true")
    })
}

/// A health snapshot may be a minute old.
const MOST_SECONDS: u64 = 120;
