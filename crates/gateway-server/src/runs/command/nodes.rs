//! `/nodes` and `/invoke`.

use std::sync::Arc;
use std::time::Duration;

use openclaw_agent::tool::cap_text;
use openclaw_agent::tools::nodes::{NodeCall, NodeGateway as _, pick};
use serde_json::json;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::{Answer, Rights, RunAsk};
use crate::core::Core;
use crate::runs::tools::nodes::{CoreNodes, summaries};

/// How long a node is waited for.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of an answer that are shown.
const MAX_SHOWN: usize = 3500;

pub(super) fn list(core: &Core) -> Answer {
    let nodes = summaries(core);
    if nodes.is_empty() {
        return Answer::text(
            "No node is paired. Start one with `openclaw node run`, then `openclaw devices list`.",
        );
    }
    let lines = nodes.iter().map(|node| {
        let name = node.name.as_deref().unwrap_or(&node.id);
        let platform = node.platform.as_deref().unwrap_or("unknown system");
        let state = if node.connected { "connected" } else { "away" };
        let commands = match node.commands.as_slice() {
            [] => "no commands".to_owned(),
            some => some.join(", "),
        };
        let id: String = node.id.chars().take(12).collect();
        format!("{name} ({id}, {platform}): {state}; {commands}")
    });
    Answer::text(lines.collect::<Vec<_>>().join("\n"))
}

pub(super) async fn invoke(
    core: &Arc<Core>,
    ask: &RunAsk,
    run_id: &str,
    rights: Rights,
    node: &str,
    command: String,
    params: Box<RawValue>,
) -> Answer {
    let lower = command.to_ascii_lowercase();
    let is_guarded = lower.starts_with("browser.proxy")
        || lower.starts_with("system.execapprovals.")
        || ["fs.listdir", "terminal.upload"].contains(&lower.as_str());
    if is_guarded && !rights.admin {
        return Answer::text(format!("Not allowed: {command} takes operator.admin."));
    }
    let known = summaries(core);
    let node = match pick(&known, Some(node), Some(&command)) {
        Ok(node) => node,
        Err(error) => return Answer::text(error.to_string()),
    };
    let setup = core.runs.setup();
    let call = NodeCall {
        session_key: ask.session_key.clone(),
        agent_id: setup.agent_of(&ask.session_key).id.clone(),
        run_id: run_id.to_owned(),
        node_id: node.id.clone(),
        command: command.clone(),
        params,
        timeout: TIMEOUT,
        // The same if this command is taken up again after a crash.
        idempotency_key: format!("{run_id}:invoke"),
        cancel: CancellationToken::new(),
    };
    let name = node.name.clone().unwrap_or_else(|| node.id.clone());
    match CoreNodes::new(core).invoke(call).await {
        Ok(answer) => {
            let payload = answer
                .payload
                .as_ref()
                .map_or("null", |payload| payload.get());
            let details = serde_json::from_str(payload).ok();
            let shown = match &details {
                Some(value) => serde_json::to_string_pretty::<serde_json::Value>(value).ok(),
                None => None,
            };
            let shown = cap_text(shown.as_deref().unwrap_or(payload), MAX_SHOWN);
            Answer {
                text: format!("{name}: {command}\n{shown}"),
                details,
                ..Answer::default()
            }
        }
        Err(fault) => {
            let known = if fault.may_have_happened {
                "; whether it took effect is unknown"
            } else {
                ""
            };
            Answer {
                text: format!("{name}: {command} failed: {}{known}", fault.message),
                details: Some(json!({ "error": { "code": fault.code, "message": fault.message } })),
                ..Answer::default()
            }
        }
    }
}
