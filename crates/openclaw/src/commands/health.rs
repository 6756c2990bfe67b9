//! `openclaw health` and `openclaw gateway health`

use std::time::Instant;

use openclaw_protocol::Method as _;
use openclaw_protocol::methods::health::{Health, HealthParams};
use serde_json::Value;

use crate::app::App;
use crate::cli::gateway::GatewayHealthArgs;
use crate::cli::health::HealthArgs;
use crate::client::Client;
use crate::clock;
use crate::error::CliError;
use crate::render::field::{self, flag, number, text};
use crate::render::{style, time};
use crate::runtime;

/// How the Gateway is.
pub(crate) fn health(app: &App, args: &HealthArgs) -> Result<(), CliError> {
    runtime::one_shot()?.block_on(async {
        let client = Client::open(app, &args.target, Health::NAME).await?;
        let health = client.call::<Health>(&params(args.verbose)).await?;
        client.close().await;
        if app.out.is_json() {
            return app.out.json(&health);
        }
        lines(&health, clock::now_ms())
            .iter()
            .try_for_each(|line| app.out.line(line))
    })
}

/// The same, with how long the answer took.
pub(crate) fn gateway_health(app: &App, args: &GatewayHealthArgs) -> Result<(), CliError> {
    runtime::one_shot()?.block_on(async {
        let client = Client::open(app, &args.target, Health::NAME).await?;
        let asked = Instant::now();
        let health = client.call::<Health>(&params(false)).await?;
        let took = asked.elapsed();
        client.close().await;
        if app.out.is_json() {
            return app.out.json(&health);
        }
        app.out.title("Gateway Health")?;
        let ok = if flag(&health, "ok") {
            app.out.paint(style::GOOD, "OK")
        } else {
            app.out.paint(style::BAD, "NOT OK")
        };
        app.out.line(format!("{ok} ({}ms)", took.as_millis()))?;
        channel_lines(&health)
            .iter()
            .try_for_each(|line| app.out.line(line))
    })
}

pub(crate) fn params(probe: bool) -> HealthParams {
    HealthParams {
        probe: probe.then_some(true),
        ..HealthParams::default()
    }
}

/// Everything about the health of a Gateway that a person wants to know.
pub(crate) fn lines(health: &Value, now_ms: u64) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(event_loop) = health.get("eventLoop") {
        lines.push(event_loop_line(event_loop));
    }
    if let Some(ms) = number(health, "durationMs") {
        lines.push(format!("Gateway probe duration: {ms}ms"));
    }
    lines.extend(channel_lines(health));
    let agents = field::list(health, "agents");
    if !agents.is_empty() {
        let names = agents.iter().filter_map(|agent| {
            let id = text(agent, "agentId")?;
            Some(if flag(agent, "isDefault") {
                format!("{id} (default)")
            } else {
                id.to_owned()
            })
        });
        lines.push(format!("Agents: {}", names.collect::<Vec<_>>().join(", ")));
    }
    for agent in agents {
        agent_lines(agent, now_ms, &mut lines);
    }
    lines
}

fn event_loop_line(event_loop: &Value) -> String {
    let state = if flag(event_loop, "degraded") {
        "degraded"
    } else {
        "ok"
    };
    let part = |key: &str, name: &str, unit: &str| {
        let value = event_loop.get(key).and_then(Value::as_f64)?;
        Some(format!(" {name}={value}{unit}"))
    };
    let parts = [
        part("delayMaxMs", "max", "ms"),
        part("delayP99Ms", "p99", "ms"),
        part("utilization", "util", ""),
        part("cpuCoreRatio", "cpu", ""),
    ];
    format!(
        "Gateway event loop: {state}{}",
        parts.into_iter().flatten().collect::<String>()
    )
}

fn channel_lines(health: &Value) -> Vec<String> {
    let labels = health.get("channelLabels");
    field::texts(health, "channelOrder")
        .into_iter()
        .filter_map(|id| {
            let channel = health.get("channels")?.get(id)?;
            let label = labels.and_then(|labels| text(labels, id)).unwrap_or(id);
            let state = match (
                flag(channel, "configured"),
                channel.get("linked").and_then(Value::as_bool),
            ) {
                (false, _) => "not configured",
                (true, Some(false)) => "configured, not linked",
                (true, Some(true)) => "linked",
                (true, None) => "configured",
            };
            let failed = channel
                .get("probe")
                .is_some_and(|probe| probe.get("ok") == Some(&Value::Bool(false)));
            Some(format!(
                "{label}: {state}{}",
                if failed { ", probe failed" } else { "" }
            ))
        })
        .collect()
}

fn agent_lines(agent: &Value, now_ms: u64, lines: &mut Vec<String>) {
    let id = text(agent, "agentId").unwrap_or("unnamed");
    if let Some(heartbeat) = agent.get("heartbeat") {
        let every = match (flag(heartbeat, "enabled"), text(heartbeat, "every")) {
            (true, Some(every)) => every,
            _ => "off",
        };
        lines.push(format!("Heartbeat interval: {every} ({id})"));
    }
    let Some(sessions) = agent.get("sessions") else {
        return;
    };
    let path = text(sessions, "path").unwrap_or("none");
    let count = number(sessions, "count").unwrap_or(0);
    lines.push(format!("Session store ({id}): {path} ({count} entries)"));
    for session in field::list(sessions, "recent").iter().take(5) {
        let key = text(session, "key").unwrap_or("unnamed");
        let age = number(session, "updatedAt")
            .map(|then| time::ago(now_ms, then))
            .unwrap_or_default();
        lines.push(format!("- {key} ({age})"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lines;

    #[test]
    fn answers_of_both_releases_are_shown() {
        let health = json!({
            "ok": true, "durationMs": 6,
            "eventLoop": { "degraded": false, "delayMaxMs": 35.5, "delayP99Ms": 35.5 },
            "channels": { "telegram": { "configured": true, "probe": { "ok": false } }, "x": {} },
            "channelOrder": ["telegram", "x"], "channelLabels": { "telegram": "Telegram" },
            "agents": [{
                "agentId": "main", "isDefault": true,
                "heartbeat": { "enabled": true, "every": "30m" },
                "sessions": { "path": "/s.json", "count": 1, "recent": [{ "key": "agent:main:main", "updatedAt": 0 }] },
            }],
        });
        assert_eq!(
            lines(&health, 300_000),
            [
                "Gateway event loop: ok max=35.5ms p99=35.5ms",
                "Gateway probe duration: 6ms",
                "Telegram: configured, probe failed",
                "x: not configured",
                "Agents: main (default)",
                "Heartbeat interval: 30m (main)",
                "Session store (main): /s.json (1 entries)",
                "- agent:main:main (5m ago)",
            ]
        );
    }

    #[test]
    fn an_empty_answer_says_nothing() {
        assert!(lines(&json!({}), 0).is_empty());
    }
}
