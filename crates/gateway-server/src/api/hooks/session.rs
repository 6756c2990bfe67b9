//! Which agent a hook reaches, and in which session.

use openclaw_policy::session_key;
use uuid::Uuid;

use crate::api::fault::ApiFault;
use crate::api::options::HookOptions;
use crate::runs::{Setup, agent_of_key, canonical_key};

/// The agent that is told.
///
/// # Errors
///
/// 400 for one that is not there, or that hooks may not reach.
pub(super) fn agent(
    setup: &Setup,
    options: &HookOptions,
    wanted: Option<&str>,
) -> Result<String, ApiFault> {
    let agent = match wanted {
        None => setup.options.default_agent(),
        Some(id) => setup
            .options
            .agent(id)
            .ok_or_else(|| ApiFault::invalid(format!("agentId: there is no agent `{id}`")))?,
    };
    let is_allowed = options
        .agents
        .as_ref()
        .is_none_or(|list| list.iter().any(|id| id.eq_ignore_ascii_case(&agent.id)));
    match is_allowed {
        true => Ok(agent.id.clone()),
        false => Err(ApiFault::invalid(format!(
            "agentId: hooks.allowedAgentIds does not allow `{}`",
            agent.id
        ))),
    }
}

/// A key that stands in a request, or is made of one.
///
/// # Errors
///
/// 400 where requests may not name keys, or not this one.
pub(super) fn requested<'k>(options: &HookOptions, key: &'k str) -> Result<&'k str, ApiFault> {
    if !options.allow_session_key {
        return Err(ApiFault::invalid(
            "sessionKey: requests may not name sessions; set hooks.allowRequestSessionKey",
        ));
    }
    configured(options, key)
}

/// A key that the configuration names.
///
/// # Errors
///
/// 400 if its beginning is not allowed, or it is no key.
pub(super) fn configured<'k>(options: &HookOptions, key: &'k str) -> Result<&'k str, ApiFault> {
    session_key::check(key).map_err(|flaw| ApiFault::invalid(format!("sessionKey: {flaw}")))?;
    match options.admits(key) {
        true => Ok(key),
        false => Err(ApiFault::invalid(format!(
            "sessionKey: it must begin with one of: {}",
            options.session_prefixes.join(", ")
        ))),
    }
}

/// The key of a run where nobody names one.
pub(super) fn made(options: &HookOptions) -> String {
    match &options.default_session_key {
        Some(key) => key.clone(),
        None => format!("hook:{}", Uuid::new_v4()),
    }
}

/// The key within an agent's sessions.
///
/// # Errors
///
/// 400 if what is left of it is not allowed.
pub(super) fn scoped(
    setup: &Setup,
    options: &HookOptions,
    agent_id: &str,
    key: &str,
) -> Result<String, ApiFault> {
    let lower = key.trim().to_lowercase();
    let Some(of) = agent_of_key(&lower) else {
        return Ok(match lower.as_str() {
            "main" => setup.main_key(agent_id),
            _ => canonical_key(setup, &format!("agent:{agent_id}:{lower}")),
        });
    };
    let key = format!(
        "agent:{agent_id}:{}",
        &lower["agent:".len() + of.len() + 1..]
    );
    configured(options, &key)?;
    Ok(canonical_key(setup, &key))
}

/// The session of runs that go on from nothing: one of its own for each key, so that no
/// conversation of a person is begun anew for it.
pub(super) fn isolated(agent_id: &str, key: &str) -> String {
    let lower = key.trim().to_lowercase();
    let name =
        agent_of_key(&lower).map_or(lower.as_str(), |of| &lower["agent:".len() + of.len() + 1..]);
    format!(
        "agent:{agent_id}:hook:{}",
        name.strip_prefix("hook:").unwrap_or(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_requests_are_bounded() {
        let mut options = HookOptions::new("h1");
        let why = requested(&options, "hook:a").unwrap_err().message;
        assert!(why.contains("allowRequestSessionKey"), "{why}");
        options.allow_session_key = true;
        options.session_prefixes = vec!["hook:".to_owned()];
        assert_eq!(requested(&options, "Hook:a"), Ok("Hook:a"));
        assert!(
            requested(&options, "main")
                .unwrap_err()
                .message
                .contains("hook:")
        );
        assert!(requested(&options, "hook:\n").is_err());
        assert!(made(&options).starts_with("hook:"));
        options.default_session_key = Some("hook:all".to_owned());
        assert_eq!(made(&options), "hook:all");
        for (key, expected) in [
            ("hook:x", "agent:ann:hook:x"),
            ("main", "agent:ann:hook:main"),
            ("agent:main:main", "agent:ann:hook:main"),
        ] {
            assert_eq!(isolated("ann", key), expected);
        }
    }
}
