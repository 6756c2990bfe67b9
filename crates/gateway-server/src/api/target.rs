//! Which agent answers, in which session, with which model: the field `model`, and the headers
//! that begin with `x-openclaw-`.

use axum::http::{HeaderMap, StatusCode};
use openclaw_policy::session_key;
use openclaw_protocol::Scope;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::caller::ApiCaller;
use super::fault::ApiFault;
use crate::runs::{Setup, agent_of_key, canonical_key};

/// Longest header that is looked at.
const MAX_HEADER: usize = 1024;
/// Longest `user`.
const MAX_USER: usize = 512;
/// Begins of keys that belong to the Gateway itself.
const RESERVED: &[&str] = &["subagent:", "cron:", "acp:"];

/// Who answers, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The agent's id.
    pub(super) agent_id: String,
    /// The session, as its canonical key.
    pub(super) session_key: String,
    /// Another model than the agent's.
    pub(super) model: Option<String>,
}

/// What a request says about that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// `model`.
    pub(super) model: &'a str,
    /// `user`.
    pub(super) user: Option<&'a str>,
    /// The word in keys of such sessions: `openai` or `openresponses`.
    pub(super) kind: &'static str,
    /// The session of an earlier answer that this one goes on from.
    pub(super) earlier: Option<&'a str>,
}

/// Finds who answers.
///
/// # Errors
///
/// 400 for an agent, model or key that cannot be; 403 for a model that the caller may not choose.
pub(super) fn find(
    setup: &Setup,
    caller: &ApiCaller,
    headers: &HeaderMap,
    wanted: Wanted<'_>,
) -> Result<Target, ApiFault> {
    let agent_id = agent(setup, headers, wanted.model)?;
    let session_key = match (header(headers, "x-openclaw-session-key")?, wanted.earlier) {
        (Some(key), _) => explicit(setup, key, &agent_id)?,
        (None, Some(earlier)) => earlier.to_owned(),
        (None, None) => made(&agent_id, wanted.kind, wanted.user)?,
    };
    let model = match header(headers, "x-openclaw-model")? {
        None => None,
        Some(name) => {
            caller.need(&Scope::Admin)?;
            if setup.catalog.resolve(name).is_none() {
                return Err(ApiFault::invalid(format!(
                    "Invalid `x-openclaw-model`: there is no model `{name}`. {}",
                    setup.known()
                )));
            }
            Some(name.to_owned())
        }
    };
    Ok(Target {
        agent_id,
        session_key,
        model,
    })
}

/// A header, if it says something.
///
/// # Errors
///
/// 400 if it cannot be read.
pub(super) fn header<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> Result<Option<&'a str>, ApiFault> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value
        .to_str()
        .ok()
        .filter(|text| text.len() <= MAX_HEADER)
        .ok_or_else(|| {
            ApiFault::invalid(format!(
                "Invalid `{name}`: at most {MAX_HEADER} plain characters"
            ))
        })?
        .trim();
    Ok((!text.is_empty()).then_some(text))
}

fn agent(setup: &Setup, headers: &HeaderMap, model: &str) -> Result<String, ApiFault> {
    let named = match header(headers, "x-openclaw-agent-id")? {
        Some(id) => Some(id),
        None => agent_of_model(model)?,
    };
    let Some(id) = named else {
        return Ok(setup.options.default_agent().id.clone());
    };
    match setup.options.agent(id) {
        Some(agent) => Ok(agent.id.clone()),
        None => Err(ApiFault::invalid(format!(
            "there is no agent `{id}`; GET /v1/models lists them"
        ))
        .with_code("model_not_found")),
    }
}

/// The agent that a `model` names; `None`: the default one.
fn agent_of_model(model: &str) -> Result<Option<&str>, ApiFault> {
    let model = model.trim();
    let lower = model.to_ascii_lowercase();
    if lower == "openclaw" || lower == "openclaw/default" || lower == "openclaw:default" {
        return Ok(None);
    }
    let begins = ["openclaw/", "openclaw:", "agent:"];
    let id = begins.iter().find_map(|begin| {
        let rest = lower.starts_with(begin).then(|| &model[begin.len()..])?;
        session_key::is_agent_id(rest).then_some(rest)
    });
    id.map(Some).ok_or_else(|| {
        ApiFault::invalid(
            "Invalid `model`. Use `openclaw` or `openclaw/<agentId>`; the header \
             x-openclaw-model names another backend model.",
        )
        .with_code("model_not_found")
    })
}

/// A key that the caller names.
fn explicit(setup: &Setup, key: &str, agent_id: &str) -> Result<String, ApiFault> {
    session_key::check(key)
        .map_err(|flaw| ApiFault::invalid(format!("Invalid `x-openclaw-session-key`: {flaw}")))?;
    let lower = key.to_lowercase();
    let rest =
        agent_of_key(&lower).map_or(lower.as_str(), |id| &lower["agent:".len() + id.len() + 1..]);
    if let Some(reserved) = RESERVED.iter().find(|one| rest.starts_with(**one)) {
        return Err(ApiFault::invalid(format!(
            "Invalid `x-openclaw-session-key`: keys with `{reserved}` are the Gateway's own"
        )));
    }
    match agent_of_key(&lower) {
        Some(of) if of != agent_id => Err(ApiFault::invalid(format!(
            "Invalid `x-openclaw-session-key`: it belongs to agent `{of}`, and agent `{agent_id}` \
             is asked"
        ))),
        Some(_) => Ok(canonical_key(setup, key)),
        None if lower == "main" => Ok(setup.main_key(agent_id)),
        None if lower == "global" => Ok(lower),
        None => Ok(canonical_key(setup, &format!("agent:{agent_id}:{key}"))),
    }
}

/// A key for whoever names none: the same for one `user`, a new one for each request otherwise.
fn made(agent_id: &str, kind: &str, user: Option<&str>) -> Result<String, ApiFault> {
    let Some(user) = user.map(str::trim).filter(|user| !user.is_empty()) else {
        return Ok(format!("agent:{agent_id}:{kind}:{}", Uuid::new_v4()));
    };
    if user.len() > MAX_USER {
        return Err(ApiFault::invalid(format!(
            "Invalid `user`: at most {MAX_USER} bytes"
        )));
    }
    let is_plain = user
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'@' | b':'));
    // Keys are written in lower case: two users must not become one.
    let name = match is_plain && user.len() <= 128 {
        true => user.to_owned(),
        false => hex::encode(&Sha256::digest(user.as_bytes())[..16]),
    };
    Ok(format!("agent:{agent_id}:{kind}-user:{name}"))
}

/// The names that `GET /v1/models` lists.
pub(super) fn names(setup: &Setup) -> Vec<String> {
    let agents = &setup.options.agents;
    let mut names = vec!["openclaw".to_owned(), "openclaw/default".to_owned()];
    names.extend(
        agents
            .iter()
            .filter(|agent| agent.id != "default")
            .map(|agent| format!("openclaw/{}", agent.id)),
    );
    names
}

/// One of them, as an object.
pub(super) fn model_object(name: &str, created: u64) -> Value {
    json!({
        "id": name, "object": "model", "created": created, "owned_by": "openclaw",
        "permission": [],
    })
}

/// There is no such model to list.
pub(super) fn no_model(name: &str) -> ApiFault {
    let told: String = name.chars().take(80).collect();
    ApiFault::new(
        StatusCode::NOT_FOUND,
        "invalid_request_error",
        format!("Model '{told}' not found."),
    )
    .with_code("model_not_found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_name_agents() {
        for (model, agent) in [
            ("openclaw", None),
            (" OpenClaw ", None),
            ("openclaw/default", None),
            ("openclaw/ann", Some("ann")),
            ("openclaw:ann", Some("ann")),
            ("agent:ann", Some("ann")),
        ] {
            assert_eq!(agent_of_model(model), Ok(agent), "{model}");
        }
        for wrong in [
            "",
            "gpt-4o",
            "openclaw/",
            "openclaw/a/b",
            "agent:a:main",
            "ännerl",
        ] {
            assert_eq!(agent_of_model(wrong).unwrap_err().status, 400, "{wrong}");
        }
    }

    #[test]
    fn users_keep_their_sessions_apart() {
        let key = |user| made("main", "openai", Some(user)).unwrap();
        assert_eq!(key("alice"), "agent:main:openai-user:alice");
        assert_eq!(key("Alice"), key(" Alice "));
        assert_ne!(key("alice"), key("Alice"));
        assert_ne!(key("a b"), key("a  b"));
        assert!(made("main", "openai", Some(&"x".repeat(513))).is_err());
        let (one, two) = (
            made("main", "openai", None),
            made("main", "openai", Some(" ")),
        );
        assert_ne!(one, two, "every request without a user is its own");
    }
}
