//! `sessions.create`

use openclaw_policy::session_key;
use openclaw_protocol::id::{RunId, SessionId, SessionKey};
use openclaw_protocol::methods::agent::run::RunStatus;
use openclaw_protocol::methods::chat::send::ChatSendParams;
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::sessions::create::{
    SessionsCreate, SessionsCreateParams, SessionsCreateResult,
};
use openclaw_protocol::methods::sessions::patch::SessionsPatchParams;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Broken, key, patch};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::watch;
use crate::fault::Fault;
use crate::handlers::chat;
use crate::router::{Router, Then};

pub(super) fn register(router: &mut Router) {
    router.later_then::<SessionsCreate, _>(|ctx, params| async move {
        let told = CancellationToken::new();
        let begin = told.clone().drop_guard();
        let result = Box::pin(create(&ctx, params, told)).await?;
        let then: Then = Box::new(move || drop(begin));
        Ok((result, then))
    });
}

async fn create(
    ctx: &Ctx,
    params: SessionsCreateParams,
    told: CancellationToken,
) -> Result<SessionsCreateResult, Fault> {
    let core = ctx.core();
    refuse_what_is_not_here(&params)?;
    let given = match (&params.key, &params.idempotency_key) {
        (Some(given), _) => given.to_string(),
        (None, Some(once)) => format!("dashboard:{once}"),
        (None, None) => format!("dashboard:{}", Uuid::new_v4()),
    };
    let key = key(core, &given, params.agent_id.as_ref())?;
    if key == "global" || key == "unknown" || session_key::is_cron(&key) {
        return Err(Fault::invalid(format!(
            "session {key} is the Gateway's own and cannot be made"
        )));
    }
    let parent = match &params.parent_session_key {
        None => None,
        Some(parent) => {
            let parent = super::key(core, parent.as_str(), None)?;
            let found = core.conversations.get(&parent).await;
            if found.map_err(Broken::from)?.is_none() {
                return Err(Fault::invalid(format!("unknown parent session: {parent}")));
            }
            Some(parent)
        }
    };
    let wish = settings(&params, &key);
    let label = params.label.as_deref();
    patch::check_label(core, &key, label).await?;
    let made = core
        .conversations
        .edit(&key, now_ms(), |one, is_new| {
            if is_new {
                one.set("createdVia", "operator".into());
            }
            if let Some(name) = &params.display_name {
                one.set("displayName", name.as_str().into());
            }
            if let Some(parent) = &parent {
                one.set("parentSessionKey", parent.as_str().into());
            }
            patch::apply(core, one, &wish)?;
            Ok::<_, Broken>(())
        })
        .await?;
    if made.is_new {
        watch::changed(core, &made.conversation, "create");
    }
    let mut result = SessionsCreateResult::new(true, SessionKey::from(key.as_str()));
    result.session_id = Some(SessionId::from(made.conversation.session_id.as_str()));
    result.entry = Some(made.conversation.shown());
    let text = params
        .message
        .or(params.task)
        .filter(|text| !text.trim().is_empty());
    let Some(text) = text else {
        result.run_started = Some(false);
        return Ok(result);
    };
    let once = params
        .idempotency_key
        .unwrap_or_else(|| Uuid::new_v4().to_string());
    let mut first = ChatSendParams::new(SessionKey::from(key.as_str()), text, once);
    first.attachments = params.attachments;
    first.timeout_ms = params.timeout_ms;
    match Box::pin(chat::send::send(ctx, first, told)).await {
        Ok(sent) => {
            let failed = sent.status == Some(RunStatus::Error);
            result.run_started = Some(!failed && sent.run_id.is_some());
            result.run_id = sent.run_id.map(|id: RunId| id);
        }
        Err(fault) => {
            result.run_started = Some(false);
            result.run_error = Some(fault.error().clone());
        }
    }
    Ok(result)
}

/// What is asked for and changes nothing here is refused: a caller would rely on it.
fn refuse_what_is_not_here(params: &SessionsCreateParams) -> Result<(), Fault> {
    let asked = [
        ("incognito", params.incognito == Some(true)),
        (
            "fork",
            params.fork == Some(true) || params.fork_from.is_some(),
        ),
        ("worktree", params.worktree == Some(true)),
        ("worktreeSource", params.worktree_source.is_some()),
        ("repository", params.repository.is_some()),
        ("projectId", params.project_id.is_some()),
        ("projectGitUrl", params.project_git_url.is_some()),
        ("cwd", params.cwd.is_some()),
        ("execNode", params.exec_node.is_some()),
        ("toolOverrides", params.tool_overrides.is_some()),
        ("permissionMode", params.permission_mode.is_some()),
        ("visibility", params.visibility.is_some()),
        ("succeedsParent", params.succeeds_parent == Some(true)),
    ];
    match asked.iter().find(|(_, is_asked)| *is_asked) {
        None => Ok(()),
        Some((name, _)) => Err(patch::not_here(name)),
    }
}

fn settings(params: &SessionsCreateParams, key: &str) -> SessionsPatchParams {
    let mut wish = SessionsPatchParams::new(SessionKey::from(key));
    wish.label = Nullable::or_absent(params.label.clone());
    wish.category = Nullable::or_absent(params.category.clone());
    wish.model = Nullable::or_absent(params.model.clone());
    wish.thinking_level = Nullable::or_absent(params.thinking_level.clone());
    wish.fast_mode = Nullable::or_absent(params.fast_mode);
    wish
}
