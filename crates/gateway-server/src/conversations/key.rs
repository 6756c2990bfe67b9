//! The key that a client means.

use openclaw_policy::session_key::{self, KeyRules};
use openclaw_protocol::id::AgentId;

use crate::core::Core;
use crate::fault::Fault;
use crate::runs::Setup;

/// What the configuration of this moment says about keys.
pub(crate) fn rules(setup: &Setup) -> KeyRules<'_> {
    KeyRules {
        default_agent: &setup.options.default_agent().id,
        main_key: &setup.options.main_key,
        is_global: setup.options.is_global,
    }
}

/// The canonical key of what a client calls a session. `agent` is the agent that the client
/// named beside it.
///
/// # Errors
///
/// `INVALID_REQUEST` for a key that cannot be one, an agent that there is not, and an agent that
/// is not the key's.
pub(crate) fn key_of(core: &Core, given: &str, agent: Option<&AgentId>) -> Result<String, Fault> {
    session_key::check(given).map_err(|flaw| Fault::invalid(flaw.to_string()))?;
    let setup = core.runs.setup();
    let mut rules = rules(&setup);
    if let Some(agent) = agent {
        let known = setup.options.agent(agent.as_str());
        let known = known.ok_or_else(|| {
            Fault::invalid(format!(
                "unknown agent id \"{agent}\"; `agents.list` shows those that there are"
            ))
        })?;
        rules.default_agent = &known.id;
    }
    let key = session_key::canonical(&rules, given);
    if let (Some(agent), Some(of)) = (agent, session_key::agent_of(&key))
        && !of.eq_ignore_ascii_case(agent.as_str())
    {
        return Err(Fault::invalid(format!(
            "agentId \"{agent}\" does not match session key \"{key}\""
        )));
    }
    Ok(key)
}
