//! The health snapshot and the status summary.

use openclaw_protocol::id::AgentId;
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::status::{
    HeartbeatAgent, StatusAgentSessions, StatusHeartbeat, StatusResult, StatusSessions,
};
use openclaw_tailscale::ClaimState;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::clock::{millis_between, now_ms};
use crate::core::Core;
use crate::schedule::options::HeartbeatRules;
use crate::view::discovery;

/// The `health` snapshot, the same for both generations.
pub(crate) fn snapshot(core: &Core, began: Instant) -> Value {
    let sessions = sessions(core);
    let (channels, order, labels) = channels(core);
    json!({
        "ok": true,
        "ts": now_ms(),
        "durationMs": millis_between(began, Instant::now()),
        "plugins": { "loaded": [], "errors": [], "unavailable": [] },
        "configReload": { "hotReloadStatus": "disabled" },
        "channels": channels,
        "channelOrder": order,
        "channelLabels": labels,
        "heartbeatSeconds": heartbeat_rules(core).map_or(0, |rules| rules.every_ms / 1000),
        "defaultAgentId": "main",
        "agents": [{
            "agentId": "main",
            "isDefault": true,
            "heartbeat": heartbeat(core),
            "sessions": sessions,
        }],
        "sessions": sessions,
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

/// How the default agent wakes up by itself; `None` if it does not.
fn heartbeat_rules(core: &Core) -> Option<HeartbeatRules> {
    let setup = core.runs.setup();
    let options = core.schedule.options();
    let rules = options.heartbeats.get(&setup.options.default_agent().id);
    rules.filter(|rules| rules.every_ms > 0).cloned()
}

fn heartbeat(core: &Core) -> Value {
    let Some(rules) = heartbeat_rules(core) else {
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

fn sessions(core: &Core) -> Value {
    json!({ "path": store_path(core), "count": 0, "recent": [] })
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

/// The `status` summary.
pub(crate) fn status(core: &Core) -> StatusResult {
    let path = store_path(core);
    let main = AgentId::from("main");
    let rules = heartbeat_rules(core);
    let is_enabled = rules.is_some() && core.settings.heartbeats();
    let every = rules
        .as_ref()
        .map_or("disabled", |rules| &rules.every)
        .to_owned();
    let agent = HeartbeatAgent {
        every_ms: Nullable::or_null(rules.map(|rules| rules.every_ms)),
        ..HeartbeatAgent::new(main.clone(), is_enabled, every)
    };
    let mut defaults = Map::new();
    defaults.insert("model".to_owned(), Value::Null);
    defaults.insert("contextTokens".to_owned(), Value::Null);
    let by_agent = StatusAgentSessions::new(main.clone(), path.clone(), 0, Vec::new());
    let sessions = StatusSessions::new(vec![path], 0, defaults, Vec::new(), vec![by_agent]);
    let heartbeat = StatusHeartbeat::new(main, vec![agent]);
    // Facts about this process: the health snapshot is a closed record, this one is open.
    let mut process = Map::new();
    process.insert("pid".to_owned(), json!(std::process::id()));
    process.insert(
        "processMemory".to_owned(),
        json!({ "rss": crate::host::resident_bytes() }),
    );
    process.insert("clients".to_owned(), json!(core.hub.len()));
    process.insert(
        "nodes".to_owned(),
        json!({ "connected": core.nodes.len(), "invokesInFlight": core.invokes.len() }),
    );
    if let Some(claim) = core.tailnet.state() {
        process.insert("tailscale".to_owned(), tailscale(&claim));
    }
    if let Some(state) = core.announced.get() {
        let shown = discovery::announced(&state.borrow());
        process.insert("discovery".to_owned(), shown);
    }
    StatusResult {
        rest: process,
        runtime_version: Some(core.options.version.clone()),
        ..StatusResult::new(heartbeat, Vec::new(), Vec::new(), sessions)
    }
}
