//! `agent.identity.get`

use openclaw_protocol::id::AgentId;
use openclaw_protocol::methods::agent::identity::get::{AgentIdentityGet, AgentIdentityGetResult};

use crate::context::Ctx;
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::{agent_of_key, canonical_key};

pub(super) fn register(router: &mut Router) {
    router.now::<AgentIdentityGet>(|ctx, params| {
        let key = params.session_key.as_ref().map(|key| key.as_str());
        let id = params.agent_id.as_ref().map(AgentId::as_str);
        identity(ctx, id, key)
    });
}

fn identity(
    ctx: &Ctx,
    id: Option<&str>,
    key: Option<&str>,
) -> Result<AgentIdentityGetResult, Fault> {
    let setup = ctx.core().runs.setup();
    let key = key.map(|key| canonical_key(&setup, key));
    let of_key = key.as_deref().and_then(agent_of_key);
    if let (Some(id), Some(of)) = (id, of_key)
        && !id.eq_ignore_ascii_case(of)
    {
        return Err(Fault::invalid(format!(
            "invalid agent.identity.get params: agent \"{id}\" does not match session key agent \"{of}\""
        )));
    }
    let agent = match id.or(of_key) {
        Some(id) => setup.options.agent(id).ok_or_else(|| {
            Fault::invalid(format!(
                "invalid agent.identity.get params: unknown agent id \"{id}\""
            ))
        })?,
        None => setup.options.default_agent(),
    };
    let configured = agent.name.clone();
    let name = configured.clone().unwrap_or_else(|| "Assistant".to_owned());
    let letter: String = name
        .chars()
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    let mut result = AgentIdentityGetResult::new(AgentId::from(agent.id.as_str()));
    result.avatar = Some(agent.avatar.clone().unwrap_or(letter));
    result.name = Some(name);
    result.emoji.clone_from(&agent.emoji);
    if ctx.conn().is_v4() {
        let source = if configured.is_some() {
            "config"
        } else {
            "default"
        };
        result.name_source = Some(source.to_owned());
    }
    Ok(result)
}
