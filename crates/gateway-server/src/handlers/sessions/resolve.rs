//! `sessions.resolve`

use openclaw_protocol::id::{AgentId, SessionKey};
use openclaw_protocol::methods::sessions::resolve::{
    SessionCandidate, SessionsResolve, SessionsResolveParams, SessionsResolveResult,
};

use super::{Broken, key};
use crate::context::Ctx;
use crate::conversations::Conversation;
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;

/// Those that may be meant, at most.
const MAX_CANDIDATES: usize = 10;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsResolve, _>(|ctx, params| async move { resolve(&ctx, params).await });
}

async fn resolve(ctx: &Ctx, params: SessionsResolveParams) -> Result<SessionsResolveResult, Fault> {
    let core = ctx.core();
    let ways = [
        params.key.is_some(),
        params.session_id.is_some(),
        params.label.is_some(),
        params.reference.is_some(),
        params.short_id.is_some(),
    ];
    match ways.iter().filter(|is_given| **is_given).count() {
        1 => {}
        0 => {
            return Err(Fault::invalid("Either key, sessionId or label is required"));
        }
        _ => {
            return Err(Fault::invalid(
                "Provide either key, sessionId or label (not several)",
            ));
        }
    }
    let (named, mut found) = find(core, &params).await?;
    found.retain(|one| fits(core, one, &params));
    match found.as_slice() {
        [one] => {
            let mut result = SessionsResolveResult::new(true);
            result.key = Some(SessionKey::from(one.key.as_str()));
            if ctx.conn().is_v4() {
                result.agent_id = Some(agent_of(core, one));
                result.display_name = one.owned("displayName");
            }
            Ok(result)
        }
        [] if params.allow_missing == Some(true) => Ok(SessionsResolveResult::new(false)),
        [] => Err(Fault::invalid(format!("No session found: {named}"))),
        several if ctx.conn().is_v4() => {
            let candidates = several.iter().take(MAX_CANDIDATES).map(|one| {
                let key = SessionKey::from(one.key.as_str());
                let mut candidate = SessionCandidate::new(key, agent_of(core, one));
                candidate.display_name = one.owned("displayName");
                candidate
            });
            let mut result = SessionsResolveResult::new(false);
            result.candidates = Some(candidates.collect());
            Ok(result)
        }
        several => {
            let keys: Vec<&str> = several.iter().map(|one| one.key.as_str()).collect();
            Err(Fault::invalid(format!(
                "Multiple sessions found: {named} ({})",
                keys.join(", ")
            )))
        }
    }
}

/// What is looked for in words, and the sessions that it may mean.
async fn find(
    core: &Core,
    params: &SessionsResolveParams,
) -> Result<(String, Vec<Conversation>), Fault> {
    let book = &core.conversations;
    let given = params
        .key
        .as_ref()
        .or(params.reference.as_ref().map(|reference| &reference.key));
    if let Some(given) = given {
        let key = key(core, given.as_str(), params.agent_id.as_ref())?;
        let found = book.get(&key).await.map_err(Broken::from)?;
        return Ok((given.to_string(), found.into_iter().collect()));
    }
    let all = book.all().await.map_err(Broken::from)?;
    if let Some(id) = &params.session_id {
        let is_it = |one: &Conversation| one.session_id == id.as_str() || one.key == id.as_str();
        return Ok((id.to_string(), all.into_iter().filter(is_it).collect()));
    }
    if let Some(label) = &params.label {
        let label = label.trim();
        let is_it = |one: &Conversation| one.text("label") == Some(label);
        let found = all.into_iter().filter(is_it).collect();
        return Ok((format!("label {label}"), found));
    }
    let short = params.short_id.as_deref().unwrap_or_default().trim();
    let is_it = |one: &Conversation| short.len() >= 6 && one.session_id.starts_with(short);
    Ok((short.to_owned(), all.into_iter().filter(is_it).collect()))
}

fn fits(core: &Core, one: &Conversation, params: &SessionsResolveParams) -> bool {
    let by_name = params.label.is_some();
    let is_of_agent = params.agent_id.as_ref().is_none_or(|wanted| {
        agent_of(core, one)
            .as_str()
            .eq_ignore_ascii_case(wanted.as_str())
    });
    let is_child = params
        .spawned_by
        .as_ref()
        .is_none_or(|parent| one.text("spawnedBy") == Some(parent.as_str()));
    let is_open = !by_name
        || match one.key.as_str() {
            "global" => params.include_global == Some(true),
            "unknown" => params.include_unknown == Some(true),
            _ => true,
        };
    is_of_agent && is_child && is_open
}

fn agent_of(core: &Core, one: &Conversation) -> AgentId {
    AgentId::from(core.runs.setup().agent_of(&one.key).id.as_str())
}
