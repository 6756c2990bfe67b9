//! `chat.metadata`

use openclaw_agent::slash::COMMANDS;
use openclaw_protocol::id::{AgentId, SessionKey};
use openclaw_protocol::methods::chat::metadata::ChatMetadata;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use crate::conversations::{key_of, row};
use crate::core::Core;
use crate::fault::Fault;
use crate::handlers::models;
use crate::router::Router;

/// How much a model may think.
const LEVELS: &[&str] = &["off", "minimal", "low", "medium", "high"];

pub(super) fn register(router: &mut Router) {
    router.now::<ChatMetadata>(|ctx, params| {
        let key = params.session_key.as_ref();
        let chosen = metadata(ctx.core(), params.agent_id.as_ref(), key)?;
        to_raw_value(&chosen).map_err(|error| Fault::internal("result not serialisable", error))
    });
}

/// What a chat client may choose from.
///
/// # Errors
///
/// For an unknown agent, and a key that is none.
pub(super) fn metadata(
    core: &Core,
    agent: Option<&AgentId>,
    key: Option<&SessionKey>,
) -> Result<Value, Fault> {
    let given = key.map_or("main", SessionKey::as_str);
    let key = key_of(core, given, agent)?;
    let setup = core.runs.setup();
    let agent = setup.agent_of(&key);
    let models: Vec<Value> = setup
        .catalog
        .models()
        .filter_map(|model| serde_json::to_value(models::shown(model, true)).ok())
        .collect();
    let commands: Vec<Value> = COMMANDS
        .iter()
        .map(|command| {
            let name = command.usage.trim_start_matches('/');
            let name = name.split([' ', ',']).next().unwrap_or(name);
            json!({
                "name": name, "usage": command.usage, "description": command.about,
                "source": "builtin", "textAliases": [format!("/{name}")],
            })
        })
        .collect();
    let levels: Vec<Value> = LEVELS
        .iter()
        .map(|level| json!({ "id": level, "label": level }))
        .collect();
    Ok(json!({
        "agentId": agent.id, "sessionKey": key, "models": models, "commands": commands,
        "thinkingLevels": levels, "thinkingDefault": row::thinking(&setup, &key, None),
        "defaults": row::defaults(&setup, &key),
    }))
}
