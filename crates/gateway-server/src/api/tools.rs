//! `POST /tools/invoke`: one tool of an agent, without a model.
//!
//! What the agent may not use is not there. Tools that run commands, change files or act on other
//! sessions are not there either, unless the configuration and the caller's rights say so.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use openclaw_agent::run::RunLimits;
use openclaw_agent::tool::{Progress, Tool, ToolContext, ToolError, ToolOutput};
use openclaw_policy::session_key;
use openclaw_protocol::Scope;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::caller::ApiCaller;
use super::chat::optional_text;
use super::fault::{ApiFault, json_answer};
use super::options::ToolRules;
use crate::core::Core;
use crate::runs::{Setup, agent_of_key, canonical_key, tools_of};

/// Tools that are never served here by themselves, in the names of the real releases.
const DENIED: &[&str] = &[
    "exec",
    "spawn",
    "shell",
    "fs_write",
    "fs_delete",
    "fs_move",
    "apply_patch",
    "sessions_spawn",
    "sessions_send",
    "cron",
    "gateway",
    "nodes",
];

/// Our names for some of those.
const ALSO: &[(&str, &str)] = &[("write", "fs_write"), ("edit", "fs_write")];

/// Names of the real releases for what is one tool with several actions here.
const ACTIONS: &[(&str, &str, &str)] = &[
    ("sessions_list", "sessions", "list"),
    ("sessions_history", "sessions", "history"),
    ("sessions_send", "sessions", "send"),
];

/// Answers a request.
///
/// # Errors
///
/// What the client is told instead.
pub(super) async fn answer(
    core: &Arc<Core>,
    caller: &ApiCaller,
    body: &Value,
) -> Result<Response<Body>, ApiFault> {
    caller.need(&Scope::Write)?;
    let invoke = Invoke::read(body)?;
    let setup = core.runs.setup();
    let session_key = invoke.session(&setup)?;
    let agent = setup.agent_of(&session_key);
    let rules = core.rules();
    let not_there = || ApiFault::not_found(format!("Tool not available: {}", invoke.asked));
    let Some(tool_rules) = &rules.api.tools else {
        return Err(not_there());
    };
    if is_denied(tool_rules, caller, &invoke) {
        return Err(not_there());
    }
    let tools = tools_of(core, &setup.options, agent).await;
    let tool = Arc::clone(tools.find(&invoke.tool).map_err(|_| not_there())?);
    let arguments = invoke.arguments(&tool);
    let id = match &invoke.idempotency_key {
        Some(key) => {
            let hash = Sha256::digest(format!("{session_key}\n{}\n{key}", invoke.tool));
            hex::encode(&hash[..16])
        }
        None => Uuid::new_v4().to_string(),
    };
    let id = format!("http:{id}");
    let cancel = CancellationToken::new();
    let cx = ToolContext {
        run_id: id.clone(),
        session_key,
        agent_id: agent.id.clone(),
        call_id: id.clone(),
        step_key: id,
        cancel: cancel.clone(),
        progress: Progress::default(),
    };
    // A client that is gone leaves nothing running.
    let _told = cancel.drop_guard();
    let output = call(core, tool, cx, arguments).await?;
    let mut result = json!({ "content": output.content });
    if let Some(details) = output.details {
        result["details"] = details;
    }
    if output.failed {
        result["isError"] = true.into();
    }
    Ok(json_answer(
        StatusCode::OK,
        &json!({ "ok": true, "result": result }),
    ))
}

/// The shape of refusals here.
pub(super) fn told(fault: &ApiFault) -> Value {
    // Who is not let in hears the same everywhere.
    if matches!(fault.status.as_u16(), 401 | 405 | 429) {
        return fault.openai();
    }
    json!({ "ok": false, "error": { "type": fault.kind, "message": fault.message } })
}

async fn call(
    core: &Core,
    tool: Arc<dyn Tool>,
    cx: ToolContext,
    arguments: String,
) -> Result<ToolOutput, ApiFault> {
    let limit: Duration = tool
        .timeout()
        .unwrap_or_else(|| RunLimits::default().tool_timeout);
    let work = core
        .tasks
        .spawn(async move { tool.call(&cx, &arguments).await });
    let work = AbortOnDropHandle::new(work);
    let answered = tokio::select! {
        answered = tokio::time::timeout(limit, work) => answered,
        () = core.runs.resting() => {
            return Err(ApiFault::unavailable("the gateway is stopping; ask again when it is back"));
        }
    };
    let failed =
        |message: String| ApiFault::new(StatusCode::INTERNAL_SERVER_ERROR, "tool_error", message);
    match answered {
        Ok(Ok(Ok(output))) => Ok(output),
        Ok(Ok(Err(error))) => Err(match &error {
            ToolError::Arguments { .. } => {
                ApiFault::new(StatusCode::BAD_REQUEST, "tool_error", error.to_string())
            }
            ToolError::Denied(_) => ApiFault::forbidden(error.to_string()),
            _ => failed(error.to_string()),
        }),
        Ok(Err(_broke)) => Err(failed(
            "the tool broke down; whether it took effect is unknown".to_owned(),
        )),
        Err(_late) => Err(failed(ToolError::Timeout(limit).to_string())),
    }
}

/// A tool that is not served to this caller.
fn is_denied(rules: &ToolRules, caller: &ApiCaller, invoke: &Invoke) -> bool {
    let names = [
        invoke.asked.as_str(),
        invoke.tool.as_str(),
        invoke.meaning(),
    ];
    if rules
        .deny
        .iter()
        .any(|one| names.iter().any(|name| one.matches(name)))
    {
        return true;
    }
    let is_listed = names.iter().any(|name| {
        let also = ALSO.iter().any(|(ours, _)| ours.eq_ignore_ascii_case(name));
        also || DENIED
            .iter()
            .any(|denied| denied.eq_ignore_ascii_case(name))
    });
    let is_allowed = rules.allow.iter().any(|one| {
        let also = ALSO.iter().find(|(ours, _)| *ours == invoke.tool);
        one.matches(invoke.meaning()) || also.is_some_and(|(_, theirs)| one.matches(theirs))
    });
    is_listed && !(is_allowed && caller.scopes.allows(&Scope::Admin))
}

/// A request, as far as it is looked at.
#[derive(Debug)]
struct Invoke {
    /// The name that was given.
    asked: String,
    /// The tool that is meant.
    tool: String,
    args: Map<String, Value>,
    action: Option<String>,
    session_key: Option<String>,
    agent_id: Option<String>,
    idempotency_key: Option<String>,
}

impl Invoke {
    fn read(body: &Value) -> Result<Self, ApiFault> {
        if !body.is_object() {
            return Err(ApiFault::invalid("the body must be a JSON object"));
        }
        let said = |key| {
            let text = optional_text(body, key)?;
            Ok::<_, ApiFault>(
                text.map(|text| text.trim().to_owned())
                    .filter(|text| !text.is_empty()),
            )
        };
        let asked = match said("name")? {
            Some(name) => Some(name),
            None => said("tool")?,
        };
        let asked = asked
            .filter(|name| name.len() <= 128)
            .ok_or_else(|| ApiFault::invalid("`tool` must name a tool"))?;
        let mut args = match &body["args"] {
            Value::Null => Map::new(),
            Value::Object(args) => args.clone(),
            _ => return Err(ApiFault::invalid("`args` must be an object")),
        };
        let lower = asked.to_ascii_lowercase();
        let mut tool = match lower.as_str() {
            "bash" => "exec".to_owned(),
            _ => lower,
        };
        if let Some((_, ours, action)) = ACTIONS.iter().find(|(theirs, _, _)| *theirs == tool) {
            tool = (*ours).to_owned();
            args.insert("action".to_owned(), (*action).into());
        }
        Ok(Self {
            asked,
            tool,
            args,
            action: said("action")?,
            session_key: said("sessionKey")?,
            agent_id: said("agentId")?,
            idempotency_key: said("idempotencyKey")?,
        })
    }

    /// The action that is asked for.
    fn wanted(&self) -> Option<&str> {
        let own = self.args.get("action").and_then(Value::as_str);
        own.or(self.action.as_deref())
    }

    /// What it comes to, in the names of the real releases.
    fn meaning(&self) -> &str {
        let wanted = self.wanted();
        let known = ACTIONS.iter().find(|(_, ours, action)| {
            *ours == self.tool && wanted.is_some_and(|one| one.eq_ignore_ascii_case(action))
        });
        known.map_or(self.tool.as_str(), |(theirs, _, _)| *theirs)
    }

    /// The session in which it is called.
    fn session(&self, setup: &Setup) -> Result<String, ApiFault> {
        let agent = match &self.agent_id {
            None => None,
            Some(id) => Some(setup.options.agent(id).ok_or_else(|| {
                ApiFault::invalid(format!("`agentId`: there is no agent `{id}`"))
            })?),
        };
        let of = agent.unwrap_or_else(|| setup.options.default_agent());
        let given = self
            .session_key
            .as_deref()
            .filter(|key| !key.eq_ignore_ascii_case("main"));
        let Some(key) = given else {
            return Ok(setup.main_key(&of.id));
        };
        session_key::check(key)
            .map_err(|flaw| ApiFault::invalid(format!("`sessionKey`: {flaw}")))?;
        let lower = key.to_lowercase();
        match (agent_of_key(&lower), agent) {
            (Some(named), Some(agent)) if named != agent.id => Err(ApiFault::invalid(format!(
                "`sessionKey` belongs to agent `{named}`, and `agentId` is `{}`",
                agent.id
            ))),
            (None, Some(agent)) => Ok(canonical_key(setup, &format!("agent:{}:{key}", agent.id))),
            _ => Ok(canonical_key(setup, key)),
        }
    }

    /// The arguments, as a model would write them.
    fn arguments(&self, tool: &Arc<dyn Tool>) -> String {
        let mut args = self.args.clone();
        let takes_action = tool.spec().parameters["properties"].get("action").is_some();
        if let Some(action) = self.action.as_ref().filter(|_| takes_action) {
            args.entry("action")
                .or_insert_with(|| action.as_str().into());
        }
        Value::Object(args).to_string()
    }
}

#[cfg(test)]
mod tests {
    use openclaw_protocol::ScopeSet;

    use super::*;

    fn denied(rules: &ToolRules, body: &Value, scope: Scope) -> bool {
        let caller = ApiCaller {
            scopes: ScopeSet::from_iter([scope]),
            subject: String::new(),
        };
        is_denied(rules, &caller, &Invoke::read(body).unwrap())
    }

    #[test]
    fn what_acts_is_kept_away() {
        let none = ToolRules::default();
        for tool in
            DENIED
                .iter()
                .chain(&["write", "edit", "bash", "EXEC", "Nodes", "sessions_send"])
        {
            assert!(
                denied(&none, &json!({"tool": tool}), Scope::Admin),
                "{tool}"
            );
        }
        for body in [
            json!({"tool": "sessions", "args": {"action": "send"}}),
            json!({"tool": "sessions", "action": "SEND"}),
            json!({"tool": "read", "name": "exec"}),
        ] {
            assert!(denied(&none, &body, Scope::Admin), "{body}");
        }
        for tool in ["read", "sessions", "sessions_list", "web_fetch"] {
            assert!(
                !denied(&none, &json!({"tool": tool}), Scope::Write),
                "{tool}"
            );
        }
    }

    #[test]
    fn the_configuration_opens_for_admins_and_closes_for_all() {
        let rules = ToolRules {
            allow: vec!["nodes".parse().unwrap(), "fs_write".parse().unwrap()],
            deny: vec!["sessions_history".parse().unwrap()],
        };
        assert!(!denied(&rules, &json!({"tool": "nodes"}), Scope::Admin));
        assert!(!denied(&rules, &json!({"tool": "write"}), Scope::Admin));
        assert!(denied(&rules, &json!({"tool": "nodes"}), Scope::Write));
        assert!(denied(&rules, &json!({"tool": "exec"}), Scope::Admin));
        let history = json!({"tool": "sessions", "args": {"action": "history"}});
        assert!(denied(&rules, &history, Scope::Admin));
    }
}
