//! `sessions.patch`

use openclaw_agent::model::Thinking;
use openclaw_policy::session_key;
use openclaw_protocol::Generation;
use openclaw_protocol::id::SessionKey;
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::sessions::patch::{
    SessionsPatch, SessionsPatchParams, SessionsPatchResult,
};
use serde_json::{Map, Value};

use super::{Broken, check_transcript, key, resolved};
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::{Conversation, watch};
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;
use crate::view;

/// Characters of a label in protocol 3.
const MAX_LABEL_V3: usize = 64;
/// Characters of a label in protocol 4.
const MAX_LABEL: usize = 512;

/// Settings that are kept as they come, if they are one of these words.
const WORDS: &[(&str, &[&str])] = &[
    ("verboseLevel", &["off", "on", "full"]),
    ("reasoningLevel", &["off", "on", "stream"]),
    ("elevatedLevel", &["off", "on", "ask", "full"]),
    ("traceLevel", &["off", "on", "full"]),
];

/// Settings that are kept as they come.
const KEPT: &[&str] = &[
    "autoLabel",
    "icon",
    "color",
    "category",
    "boardFace",
    "boardPresentation",
    "statusNote",
    "attention",
    "fastMode",
    "responseUsage",
    "sendPolicy",
    "groupActivation",
    "contextWindow",
];

/// Settings of both releases that would limit or widen what a session may do, and that runs of
/// this Gateway take from the configuration alone. To clear one is always right.
const NOT_HERE: &[&str] = &[
    "execHost",
    "execSecurity",
    "execAsk",
    "execNode",
    "permissionMode",
    "sandboxMode",
    "toolOverrides",
    "nativeRuntimeConsent",
    "agentRuntime",
    "completionOwnerSessionKey",
    "inheritedToolPolicyVersion",
    "inheritedToolAllow",
    "inheritedToolDeny",
];

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsPatch, _>(
        |ctx, params| async move { Box::pin(patch(&ctx, params)).await },
    );
}

async fn patch(ctx: &Ctx, params: SessionsPatchParams) -> Result<SessionsPatchResult, Fault> {
    let core = ctx.core();
    let key = key(core, params.key.as_str(), params.agent_id.as_ref())?;
    if let Some(label) = params.label.value() {
        let max = match ctx.conn().generation {
            Generation::V3 => MAX_LABEL_V3,
            Generation::V4 => MAX_LABEL,
        };
        if label.chars().count() > max {
            return Err(Fault::invalid(format!(
                "invalid label: at most {max} characters"
            )));
        }
        check_label(core, &key, Some(label)).await?;
    }
    let changed = core
        .conversations
        .edit(&key, now_ms(), |one, _| {
            check_transcript(one, params.expected_session_id.as_ref())?;
            apply(core, one, &params)?;
            one.updated_at_ms = now_ms();
            Ok::<_, Broken>(())
        })
        .await?;
    let one = changed.conversation;
    watch::changed(core, &one, "patch");
    let shown = SessionKey::from(key.as_str());
    let mut result = SessionsPatchResult::new(true, shown, one.shown());
    result.path = Some(view::health::store_path(core));
    result.resolved = Some(resolved(core, &one));
    Ok(result)
}

/// Refuses a label that another session has.
pub(super) async fn check_label(core: &Core, key: &str, label: Option<&str>) -> Result<(), Fault> {
    let Some(label) = label.map(str::trim) else {
        return Ok(());
    };
    if label.is_empty() {
        return Err(Fault::invalid("invalid label: empty"));
    }
    let all = core.conversations.all().await.map_err(Broken::from)?;
    let taken = all
        .iter()
        .find(|one| one.key != key && one.text("label") == Some(label));
    match taken {
        None => Ok(()),
        Some(other) => Err(Fault::invalid(format!(
            "label already in use: {label} (session {})",
            other.key
        ))),
    }
}

/// A setting that means nothing to this Gateway.
pub(super) fn not_here(name: &str) -> Fault {
    Fault::invalid(format!(
        "{name} cannot be set for one session of this gateway; tools.allow, tools.deny and \
         tools.exec in its configuration hold for all"
    ))
}

/// Changes a session as a patch says.
///
/// # Errors
///
/// `INVALID_REQUEST` for what does not fit; the session may be half changed then.
pub(super) fn apply(
    core: &Core,
    one: &mut Conversation,
    params: &SessionsPatchParams,
) -> Result<(), Fault> {
    let members = match serde_json::to_value(params) {
        Ok(Value::Object(members)) => members,
        Ok(_) => Map::new(),
        Err(error) => return Err(Fault::internal("patch not readable", error)),
    };
    for name in NOT_HERE {
        if members.get(*name).is_some_and(|value| !value.is_null()) {
            return Err(not_here(name));
        }
    }
    for (name, words) in WORDS {
        match members.get(*name) {
            None => {}
            Some(Value::String(word)) => {
                let word = word.trim().to_lowercase();
                if !words.contains(&word.as_str()) {
                    return Err(Fault::invalid(format!(
                        "invalid {name}: use {}",
                        words.join(", ")
                    )));
                }
                one.set(name, word.into());
            }
            Some(_) => one.set(name, Value::Null),
        }
    }
    for name in KEPT {
        if let Some(value) = members.get(*name) {
            check_length(name, value)?;
            one.set(name, value.clone());
        }
    }
    if let Some(level) = given(&params.thinking_level) {
        let level = level.map(str::parse::<Thinking>).transpose();
        let level = level.map_err(|error| Fault::invalid(error.to_string()))?;
        let word = level.map(|level| level.effort().unwrap_or("off"));
        one.set("thinkingLevel", word.into());
    }
    if let Some(label) = given(&params.label) {
        one.set("label", label.map(str::trim).into());
    }
    if let Some(model) = given(&params.model) {
        choose(core, one, model)?;
    }
    if let Some(parent) = match &params.spawned_by {
        Nullable::Absent => None,
        Nullable::Null => Some(None),
        Nullable::Value(parent) => Some(Some(parent.as_str())),
    } {
        adopt(one, parent)?;
    }
    for (name, at, flag) in [
        ("archived", "archivedAt", params.archived),
        ("pinned", "pinnedAt", params.pinned),
        ("unread", "markedUnreadAt", params.unread),
    ] {
        if let Some(flag) = flag {
            one.set(name, flag.into());
            one.set(at, flag.then(now_ms).into());
        }
    }
    if params.unread == Some(false) {
        one.set("lastReadAt", now_ms().into());
    }
    Ok(())
}

/// A member as it was given: not at all, cleared, set.
fn given(member: &Nullable<String>) -> Option<Option<&str>> {
    match member {
        Nullable::Absent => None,
        Nullable::Null => Some(None),
        Nullable::Value(text) => Some(Some(text.as_str())),
    }
}

fn check_length(name: &str, value: &Value) -> Result<(), Fault> {
    let max = if name == "statusNote" { 120 } else { MAX_LABEL };
    match value.as_str() {
        Some(text) if text.chars().count() > max => Err(Fault::invalid(format!(
            "invalid {name}: at most {max} characters"
        ))),
        _ => Ok(()),
    }
}

fn choose(core: &Core, one: &mut Conversation, model: Option<&str>) -> Result<(), Fault> {
    let Some(text) = model else {
        one.set("providerOverride", Value::Null);
        one.set("modelOverride", Value::Null);
        return Ok(());
    };
    let setup = core.runs.setup();
    let Some(found) = setup.catalog.resolve(text) else {
        let known = setup.known();
        return Err(Fault::invalid(format!(
            "model not allowed: {text}. {known}"
        )));
    };
    let reference = &found.info().reference;
    one.set("providerOverride", reference.provider.as_str().into());
    one.set("modelOverride", reference.model.as_str().into());
    Ok(())
}

fn adopt(one: &mut Conversation, parent: Option<&str>) -> Result<(), Fault> {
    let Some(parent) = parent else {
        if one.text("spawnedBy").is_some() {
            return Err(Fault::invalid("spawnedBy cannot be cleared once it is set"));
        }
        return Ok(());
    };
    if !session_key::is_subagent(&one.key) {
        return Err(Fault::invalid(
            "spawnedBy is only supported for subagent:* sessions",
        ));
    }
    session_key::check(parent).map_err(|flaw| Fault::invalid(flaw.to_string()))?;
    match one.text("spawnedBy") {
        Some(before) if before != parent => {
            Err(Fault::invalid("spawnedBy cannot be changed once it is set"))
        }
        _ => {
            one.set("spawnedBy", parent.into());
            Ok(())
        }
    }
}
