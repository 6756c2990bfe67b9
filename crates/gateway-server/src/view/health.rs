//! The health snapshot.

use openclaw_store::SessionHead;
use openclaw_tailscale::ClaimState;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::clock::{millis_between, now_ms};
use crate::core::Core;
use crate::schedule::options::HeartbeatRules;

/// Sessions that are listed by name.
const RECENT: usize = 5;

/// The `health` snapshot, the same for both generations.
pub(crate) fn snapshot(core: &Core, began: Instant) -> Value {
    let setup = core.runs.setup();
    let (heads, now_ms) = (core.heads.last(), now_ms());
    let (channels, order, labels) = channels(core);
    let default = setup.options.default_agent();
    let of_default = heartbeat_rules(core, &default.id);
    let agents = setup.options.agents.iter().map(|agent| {
        let own = heads
            .iter()
            .filter(|head| setup.agent_of(&head.key).id == agent.id);
        let mut row = json!({
            "agentId": agent.id,
            "isDefault": agent.id == default.id,
            "heartbeat": heartbeat(core, &agent.id),
            "sessions": sessions(core, own, now_ms),
        });
        if let Some(name) = &agent.name {
            row["name"] = json!(name);
        }
        row
    });
    let reload = match core.options.config {
        Some(_) => "active",
        None => "disabled",
    };
    json!({
        "ok": true,
        "ts": now_ms,
        "durationMs": millis_between(began, Instant::now()),
        "plugins": { "loaded": [], "errors": [], "unavailable": [] },
        "configReload": { "hotReloadStatus": reload },
        "channels": channels,
        "channelOrder": order,
        "channelLabels": labels,
        "heartbeatSeconds": of_default.map_or(0, |rules| rules.every_ms / 1000),
        "defaultAgentId": default.id,
        "agents": agents.collect::<Vec<_>>(),
        "sessions": sessions(core, heads.iter(), now_ms),
    })
}

/// How the channels are: state by channel, their order, their names.
fn channels(core: &Core) -> (Value, Vec<String>, Value) {
    let (mut shown, mut order, mut labels) = (Map::new(), Vec::new(), Map::new());
    for account in core.channels.accounts() {
        let (options, state) = (&account.options, account.state());
        let row = json!({
            "accountId": options.account,
            "configured": account.channel.is_ok(),
            "running": state.is_running,
            "connected": state.is_connected,
            "lastError": state.error,
        });
        if !order.contains(&options.channel) {
            order.push(options.channel.clone());
            labels.insert(options.channel.clone(), json!(account.label()));
            shown.insert(options.channel.clone(), row.clone());
        }
        if let Some(one) = shown.get_mut(&options.channel) {
            one["accounts"][&options.account] = row;
        }
    }
    (Value::Object(shown), order, Value::Object(labels))
}

/// How an agent wakes up by itself; `None` if it does not.
pub(super) fn heartbeat_rules(core: &Core, agent: &str) -> Option<HeartbeatRules> {
    let options = core.schedule.options();
    let rules = options.heartbeats.get(agent);
    rules.filter(|rules| rules.every_ms > 0).cloned()
}

fn heartbeat(core: &Core, agent: &str) -> Value {
    let Some(rules) = heartbeat_rules(core, agent) else {
        return json!({
            "enabled": false, "every": "disabled", "everyMs": null, "prompt": "",
            "target": "none", "ackMaxChars": 300,
        });
    };
    json!({
        "enabled": core.settings.heartbeats(),
        "every": rules.every,
        "everyMs": rules.every_ms,
        "prompt": rules.prompt.unwrap_or_default(),
        "target": rules.target.word(),
        "ackMaxChars": rules.ack_max_chars,
    })
}

/// How many sessions these are, and the latest of them.
fn sessions<'a>(core: &Core, heads: impl Iterator<Item = &'a SessionHead>, now_ms: u64) -> Value {
    let (mut count, mut recent) = (0_u64, Vec::new());
    for head in heads {
        count += 1;
        if recent.len() < RECENT {
            recent.push(json!({
                "key": head.key,
                "updatedAt": head.updated_at_ms,
                "age": now_ms.saturating_sub(head.updated_at_ms),
            }));
        }
    }
    json!({ "path": store_path(core), "count": count, "recent": recent })
}

/// Where sessions are kept, as text.
pub(crate) fn store_path(core: &Core) -> String {
    core.book.store().location().to_string_lossy().into_owned()
}

/// What has become of Tailscale Serve or Funnel: `{state, url?, reason?, remedy?}`.
pub(crate) fn tailscale(claim: &ClaimState) -> Value {
    let mut shown = json!({ "state": claim.as_str() });
    match claim {
        ClaimState::Active { url, .. } => shown["url"] = json!(url),
        ClaimState::Degraded { reason, remedy, .. } => {
            shown["reason"] = json!(reason.to_string());
            shown["remedy"] = json!(remedy);
        }
        _ => {}
    }
    shown
}
