//! `sessions.list`

use openclaw_policy::session_key;
use openclaw_protocol::Generation;
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::sessions::list::{
    BoardFace, SessionSort, SessionsList, SessionsListParams, SessionsListResult,
};
use openclaw_protocol::methods::switch::ArchiveFilter;

use super::Broken;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::{Brief, Conversation, row};
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;
use crate::view;

/// The most sessions of one page.
const MAX: u64 = 1000;
/// Sessions of a page of protocol 4 where the caller does not say.
const USUAL: u64 = 100;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsList, _>(|ctx, params| async move { list(&ctx, &params).await });
}

/// The sessions that a caller wants.
pub(super) async fn list(
    ctx: &Ctx,
    params: &SessionsListParams,
) -> Result<SessionsListResult, Fault> {
    let core = ctx.core();
    let is_v4 = ctx.conn().is_v4();
    if params.limit == Some(0) || params.active_minutes == Some(0) {
        return Err(Fault::invalid(
            "limit and activeMinutes must be at least 1 where they are given",
        ));
    }
    let now = now_ms();
    let mut found = core.conversations.all().await.map_err(Broken::from)?;
    found.retain(|one| is_wanted(core, one, params, now));
    sort(&mut found, params.sort_by);
    let total = found.len() as u64;
    let limit = match params.limit {
        Some(limit) => limit.min(MAX),
        None if is_v4 => USUAL,
        None => MAX,
    };
    let offset = params.offset.unwrap_or(0);
    let shown = found
        .iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(usize::try_from(limit).unwrap_or(usize::MAX));
    let brief = Brief {
        title: params.include_derived_titles == Some(true),
        last: params.include_last_message == Some(true),
    };
    let mut rows = Vec::new();
    for one in shown {
        let row = row::row(core, one, ctx.conn().generation, brief).await;
        rows.push(row.map_err(Broken::from)?);
    }
    let setup = core.runs.setup();
    let defaults = row::defaults(&setup, "");
    let count = rows.len() as u64;
    let path = view::health::store_path(core);
    let mut result = SessionsListResult::new(now, path, count, defaults, rows);
    if is_v4 {
        let has_more = offset.saturating_add(count) < total;
        result.total_count = Some(total);
        result.limit_applied = Some(limit);
        result.offset = params.offset;
        result.next_offset = Nullable::or_null(has_more.then_some(offset.saturating_add(count)));
        result.has_more = Some(has_more);
    }
    Ok(result)
}

fn is_wanted(core: &Core, one: &Conversation, params: &SessionsListParams, now: u64) -> bool {
    let yes = Some(true);
    let setup = core.runs.setup();
    let agent = &setup.agent_of(&one.key).id;
    let is_special = one.key == "global" || one.key == "unknown";
    if (one.key == "global" && params.include_global != yes)
        || (one.key == "unknown" && params.include_unknown != yes)
    {
        return false;
    }
    let is_young = params.active_minutes.is_none_or(|minutes| {
        now.saturating_sub(one.updated_at_ms) <= minutes.saturating_mul(60_000)
    });
    let is_labelled = params
        .label
        .as_deref()
        .is_none_or(|label| one.text("label") == Some(label.trim()));
    let is_child = params
        .spawned_by
        .as_ref()
        .is_none_or(|parent| !is_special && one.text("spawnedBy") == Some(parent.as_str()));
    let is_of_agent = params
        .agent_id
        .as_ref()
        .is_none_or(|wanted| !is_special && agent.eq_ignore_ascii_case(wanted.as_str()));
    let is_configured = params.configured_agents_only != yes
        || session_key::agent_of(&one.key).is_none_or(|id| setup.options.agent(id).is_some());
    let is_shown = match &params.archived {
        None | Some(ArchiveFilter::No) => one.flag("archived") != yes,
        Some(ArchiveFilter::Yes) => one.flag("archived") == yes,
        Some(ArchiveFilter::All) => true,
    };
    let is_pinned = params
        .pinned
        .is_none_or(|pinned| one.flag("pinned").unwrap_or(false) == pinned);
    let is_in_group = params
        .group
        .as_deref()
        .is_none_or(|group| one.text("category").unwrap_or_default() == group);
    let has_face = match params.board_face {
        None => true,
        Some(BoardFace::Chat) => one.text("boardFace") != Some("dashboard"),
        Some(BoardFace::Dashboard) => one.text("boardFace") == Some("dashboard"),
    };
    let is_hidden = (params.exclude_cron == yes && session_key::is_cron(&one.key))
        || (params.exclude_subagents == yes && session_key::is_subagent(&one.key))
        || (params.exclude_system == yes && is_special)
        || (params.require_last_interaction == yes && one.number("lastInteractionAt").is_none())
        || (params.active_only == yes && core.runs.in_flight(&one.key, Generation::V4).is_none());
    // No session of this Gateway has any of these.
    let is_strange = params.project_id.is_some()
        || params.workspace_dir.is_some()
        || params.has_board == yes
        || params.creator_id.is_some()
        || params.owner_id.is_some()
        || params.profile_relation.is_some()
        || params.involving_profile_id.is_some();
    is_young
        && is_labelled
        && is_child
        && is_of_agent
        && is_configured
        && is_shown
        && is_pinned
        && is_in_group
        && has_face
        && !is_hidden
        && !is_strange
        && has_words(one, params.search.as_deref())
}

/// Whether what is looked for stands in the key, the id or one of the names.
fn has_words(one: &Conversation, search: Option<&str>) -> bool {
    let Some(search) = search.map(str::trim).filter(|search| !search.is_empty()) else {
        return true;
    };
    let search = search.to_lowercase();
    let names = ["label", "displayName", "subject", "autoLabel"];
    names
        .iter()
        .filter_map(|name| one.text(name))
        .chain([one.key.as_str(), one.session_id.as_str()])
        .any(|text| text.to_lowercase().contains(&search))
}

fn sort(found: &mut [Conversation], by: Option<SessionSort>) {
    let at = |one: &Conversation| match by {
        None | Some(SessionSort::UpdatedAt) => one.updated_at_ms,
        Some(SessionSort::LastInteractionAt) => one.number("lastInteractionAt").unwrap_or(0),
        Some(SessionSort::Activity) => one
            .number("lastInteractionAt")
            .unwrap_or(0)
            .max(one.number("lastActivityAt").unwrap_or(0)),
    };
    found.sort_by(|a, b| at(b).cmp(&at(a)).then_with(|| a.key.cmp(&b.key)));
}
