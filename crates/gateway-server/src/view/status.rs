//! The status summary.

use openclaw_policy::session_key::SessionKind;
use openclaw_protocol::id::{AgentId, SessionId, SessionKey};
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::status::{
    HeartbeatAgent, StatusAgentSessions, StatusHeartbeat, StatusResult, StatusSession,
    StatusSessions,
};
use openclaw_store::{SessionHead, StoreError};
use serde_json::{Map, Value, json};

use crate::clock::now_ms;
use crate::conversations::{Conversation, row};
use crate::core::Core;
use crate::runs::Setup;
use crate::view::{discovery, health};

/// Sessions that are listed, in all and for each agent.
const RECENT: usize = 10;

/// The `status` summary.
///
/// # Errors
///
/// When the sessions cannot be read.
pub(crate) async fn status(core: &Core) -> Result<StatusResult, StoreError> {
    let setup = core.runs.setup();
    let default = &setup.options.default_agent().id;
    let main = setup.main_key(default);
    let waiting = core.home.system_events(&main).await?;
    let queued = waiting.into_iter().map(|event| Value::String(event.text));
    let sessions = sessions(core, &setup, &main).await?;
    Ok(StatusResult {
        rest: process(core),
        runtime_version: Some(core.options.version.clone()),
        ..StatusResult::new(
            heartbeat(core, &setup),
            channels(core),
            queued.collect(),
            sessions,
        )
    })
}

fn heartbeat(core: &Core, setup: &Setup) -> StatusHeartbeat {
    let agents = setup.options.agents.iter().map(|agent| {
        let rules = health::heartbeat_rules(core, &agent.id);
        let is_enabled = rules.is_some() && core.settings.heartbeats();
        let every = rules.as_ref().map_or("disabled", |rules| &rules.every);
        HeartbeatAgent {
            every_ms: Nullable::or_null(rules.as_ref().map(|rules| rules.every_ms)),
            ..HeartbeatAgent::new(
                AgentId::from(agent.id.as_str()),
                is_enabled,
                every.to_owned(),
            )
        }
    });
    let default = AgentId::from(setup.options.default_agent().id.as_str());
    StatusHeartbeat::new(default, agents.collect())
}

/// A line for each account of a channel.
fn channels(core: &Core) -> Vec<Value> {
    let lines = core.channels.accounts().into_iter().map(|account| {
        let state = account.state();
        let is = match (&account.channel, state.is_connected, state.is_running) {
            (Err(_), _, _) => "not configured",
            (Ok(_), true, _) => "connected",
            (Ok(_), false, true) => "connecting",
            (Ok(_), false, false) => "stopped",
        };
        let mut line = format!("{}: {is}", account.label());
        if account.options.account != "default" {
            line = format!("{} ({}): {is}", account.label(), account.options.account);
        }
        if let Some(error) = &state.error {
            line.push_str(&format!(" ({error})"));
        }
        Value::String(line)
    });
    lines.collect()
}

async fn sessions(core: &Core, setup: &Setup, main: &str) -> Result<StatusSessions, StoreError> {
    let path = health::store_path(core);
    let heads = core.heads.read(&core.home).await?;
    let defaults = row::defaults(setup, main);
    let mut usual = Map::new();
    usual.insert("model".to_owned(), json!(defaults.model.value()));
    usual.insert(
        "contextTokens".to_owned(),
        json!(defaults.context_tokens.value()),
    );
    let mut by_agent = Vec::new();
    for agent in &setup.options.agents {
        let own = || {
            heads
                .iter()
                .filter(|head| setup.agent_of(&head.key).id == agent.id)
        };
        let rows = recent(core, setup, own()).await?;
        by_agent.push(StatusAgentSessions::new(
            AgentId::from(agent.id.as_str()),
            path.clone(),
            own().count() as u64,
            rows,
        ));
    }
    // The latest of all are among the latest of each.
    let rows = by_agent.iter().flat_map(|agent| &agent.recent);
    let mut recent: Vec<StatusSession> = rows.cloned().collect();
    recent.sort_by_key(|row| std::cmp::Reverse(row.updated_at.value().copied()));
    recent.truncate(RECENT);
    let count = heads.len() as u64;
    Ok(StatusSessions::new(
        vec![path],
        count,
        usual,
        recent,
        by_agent,
    ))
}

async fn recent(
    core: &Core,
    setup: &Setup,
    heads: impl Iterator<Item = &SessionHead>,
) -> Result<Vec<StatusSession>, StoreError> {
    let mut rows = Vec::new();
    for head in heads.take(RECENT) {
        // One that ended meanwhile is none.
        if let Some(one) = core.conversations.get(&head.key).await? {
            rows.push(session(core, setup, &one));
        }
    }
    Ok(rows)
}

fn session(core: &Core, setup: &Setup, one: &Conversation) -> StatusSession {
    let kind = SessionKind::of(&one.key, one.text("chatType"));
    let shown = row::plain(core, one, openclaw_protocol::Generation::NEWEST);
    let total = one.number("totalTokens").unwrap_or(0);
    let window = shown.context_tokens;
    let mut flags = Vec::new();
    for (name, member) in [("think", "thinkingLevel"), ("verbose", "verboseLevel")] {
        flags.extend(one.text(member).map(|level| format!("{name}:{level}")));
    }
    if one.flag("systemSent") == Some(true) {
        flags.push("system".to_owned());
    }
    if one.flag("abortedLastRun") == Some(true) {
        flags.push("aborted".to_owned());
    }
    flags.push(format!("id:{}", one.session_id));
    StatusSession {
        agent_id: Some(AgentId::from(setup.agent_of(&one.key).id.as_str())),
        session_id: Some(SessionId::from(one.session_id.as_str())),
        updated_at: Nullable::Value(one.updated_at_ms),
        age: Nullable::Value(now_ms().saturating_sub(one.updated_at_ms)),
        verbose_level: one.owned("verboseLevel"),
        system_sent: one.flag("systemSent"),
        aborted_last_run: one.flag("abortedLastRun"),
        total_tokens: Nullable::Value(total),
        remaining_tokens: Nullable::or_null(window.map(|window| window.saturating_sub(total))),
        percent_used: Nullable::or_null(
            window
                .filter(|window| *window > 0)
                .map(|window| (total.saturating_mul(100) / window).min(999)),
        ),
        model: Nullable::or_null(shown.model),
        context_tokens: Nullable::or_null(window),
        flags: Some(flags),
        ..StatusSession::new(SessionKey::from(one.key.as_str()), kind.as_str().to_owned())
    }
}

/// Facts about this process: the health snapshot is a closed record, this one is open.
fn process(core: &Core) -> Map<String, Value> {
    let mut process = Map::new();
    let mut put = |name: &str, value: Value| process.insert(name.to_owned(), value);
    put("pid", json!(std::process::id()));
    put(
        "processMemory",
        json!({ "rss": crate::host::resident_bytes() }),
    );
    put("clients", json!(core.hub.len()));
    put(
        "nodes",
        json!({ "connected": core.nodes.len(), "invokesInFlight": core.invokes.len() }),
    );
    let ways = core.ways();
    put(
        "exposure",
        json!({
            "listening": ways.listening, "tls": ways.is_tls,
            "auth": core.rules().auth.mode.as_str(),
        }),
    );
    if let Some(claim) = core.tailnet.state() {
        put("tailscale", health::tailscale(&claim));
    }
    if let Some(state) = core.announced.get() {
        let shown = discovery::announced(&state.borrow());
        put("discovery", shown);
    }
    process
}
