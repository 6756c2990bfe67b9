//! A session in a list.

use openclaw_policy::session_key::{self, SessionKind};
use openclaw_protocol::Generation;
use openclaw_protocol::id::{AgentId, SessionId, SessionKey};
use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::sessions::list::SessionDefaults;
use openclaw_protocol::methods::sessions::row::SessionRow;
use openclaw_store::StoreError;
use serde_json::{Value, json};

use super::{Brief, Conversation, rules};
use crate::core::Core;
use crate::runs::Setup;

/// Settings of protocol 4 that a row repeats as they are.
const REPEATED: &[&str] = &[
    "autoLabel",
    "icon",
    "color",
    "category",
    "boardFace",
    "boardPresentation",
    "statusNote",
    "attention",
    "fastMode",
    "traceLevel",
    "archivedAt",
    "pinnedAt",
    "markedUnreadAt",
    "lastReadAt",
    "spawnDepth",
    "compactionCount",
];

/// A session in a list, with title and last message where they are wanted.
///
/// # Errors
///
/// When the transcript is wanted and cannot be read.
pub(crate) async fn row(
    core: &Core,
    one: &Conversation,
    generation: Generation,
    brief: Brief,
) -> Result<SessionRow, StoreError> {
    let (title, last) = brief.of(&core.conversations, one).await?;
    let mut row = plain(core, one, generation);
    row.derived_title = title;
    row.last_message_preview = last;
    Ok(row)
}

/// A session in a list, without what its transcript tells.
pub(crate) fn plain(core: &Core, one: &Conversation, generation: Generation) -> SessionRow {
    let setup = core.runs.setup();
    let kind = SessionKind::of(&one.key, one.text("chatType"));
    let (provider, model) = model_of(&setup, one);
    let mut row = SessionRow::new(SessionKey::from(one.key.as_str()));
    row.kind = Some(kind.as_str().to_owned());
    row.session_id = Some(SessionId::from(one.session_id.as_str()));
    row.updated_at = Nullable::Value(one.updated_at_ms);
    row.label = one.owned("label");
    row.display_name = one.owned("displayName");
    row.channel = one.owned("channel");
    row.subject = one.owned("subject");
    row.room = one.owned("room");
    row.space = one.owned("space");
    row.chat_type = one.owned("chatType");
    row.system_sent = one.flag("systemSent");
    row.aborted_last_run = one.flag("abortedLastRun");
    row.thinking_level = one.owned("thinkingLevel");
    row.verbose_level = one.owned("verboseLevel");
    row.reasoning_level = one.owned("reasoningLevel");
    row.elevated_level = one.owned("elevatedLevel");
    row.send_policy = one.owned("sendPolicy");
    row.group_activation = one.owned("groupActivation");
    row.response_usage = one.owned("responseUsage");
    row.input_tokens = one.number("inputTokens");
    row.output_tokens = one.number("outputTokens");
    row.total_tokens = Nullable::Value(one.number("totalTokens").unwrap_or(0));
    row.model_provider = provider;
    row.model = model;
    row.context_tokens = one
        .number("contextTokens")
        .or_else(|| defaults(&setup, &one.key).context_tokens.into_value());
    row.delivery_context = one.entry.get("deliveryContext").cloned();
    row.last_channel = one.owned("lastChannel");
    row.last_to = one.owned("lastTo");
    row.last_account_id = one.owned("lastAccountId");
    row.spawned_by = one.owned("spawnedBy").map(SessionKey::from);
    if generation >= Generation::V4 {
        newer(core, &setup, one, &mut row);
    }
    row
}

fn newer(core: &Core, setup: &Setup, one: &Conversation, row: &mut SessionRow) {
    let agent = setup.agent_of(&one.key);
    let is_main = rules(setup).main_of(&agent.id) == one.key;
    row.agent_id = Some(AgentId::from(agent.id.as_str()));
    row.is_main = Some(is_main);
    row.archived = Some(one.flag("archived").unwrap_or(false));
    row.pinned = Some(one.flag("pinned").unwrap_or(false));
    row.unread = Some(one.flag("unread").unwrap_or(false));
    row.created_at = Some(one.created_at_ms);
    row.parent_session_key = one.owned("parentSessionKey").map(SessionKey::from);
    row.last_interaction_at = one.number("lastInteractionAt");
    row.last_activity_at = Nullable::or_absent(one.number("lastActivityAt"));
    let is_active = core.runs.in_flight(&one.key, Generation::V4).is_some();
    row.has_active_run = Some(is_active);
    row.status = if is_active {
        Some("running".to_owned())
    } else {
        one.flag("abortedLastRun")
            .map(|aborted| if aborted { "killed" } else { "done" }.to_owned())
    };
    if row.chat_type.is_none() && row.kind.as_deref() == Some("direct") {
        row.chat_type = Some("direct".to_owned());
    }
    let is_background = session_key::is_cron(&one.key) || session_key::is_subagent(&one.key);
    row.rest.insert("visibility".to_owned(), "shared".into());
    row.rest
        .insert("isBackground".to_owned(), is_background.into());
    if is_main {
        row.rest.insert("classification".to_owned(), "main".into());
    }
    for name in REPEATED {
        if let Some(value) = one.entry.get(*name) {
            row.rest.insert((*name).to_owned(), value.clone());
        }
    }
}

/// The model that answers in a session: its own, the last one, that of its agent.
pub(crate) fn model_of(setup: &Setup, one: &Conversation) -> (Option<String>, Option<String>) {
    if let (Some(provider), Some(model)) =
        (one.owned("providerOverride"), one.owned("modelOverride"))
    {
        return (Some(provider), Some(model));
    }
    let defaults = defaults(setup, &one.key);
    let provider = one.owned("modelProvider");
    let model = one.owned("model");
    match (provider, model) {
        (Some(provider), Some(model)) => (Some(provider), Some(model)),
        _ => (
            defaults.model_provider.into_value(),
            defaults.model.into_value(),
        ),
    }
}

/// What a session of this key uses when it says nothing itself.
pub(crate) fn defaults(setup: &Setup, key: &str) -> SessionDefaults {
    let agent = setup.agent_of(key);
    let only = match setup.catalog.models().collect::<Vec<_>>().as_slice() {
        [only] => Some(only.reference.clone()),
        _ => None,
    };
    let model = agent.models.first().cloned().or(only);
    let window = model
        .as_ref()
        .and_then(|model| setup.catalog.find(model))
        .map(|model| model.info().spec.context_window);
    SessionDefaults {
        model_provider: Nullable::or_null(model.as_ref().map(|model| model.provider.clone())),
        model: Nullable::or_null(model.map(|model| model.model)),
        context_tokens: Nullable::or_null(window),
        ..SessionDefaults::default()
    }
}

/// How much the model thinks in a session.
pub(crate) fn thinking(setup: &Setup, key: &str, one: Option<&Conversation>) -> String {
    one.and_then(|one| one.owned("thinkingLevel"))
        .unwrap_or_else(|| {
            setup
                .agent_of(key)
                .thinking
                .effort()
                .unwrap_or("off")
                .to_owned()
        })
}

/// The row as an open object, for members that hold one.
pub(crate) fn value(row: &SessionRow) -> Value {
    serde_json::to_value(row).unwrap_or_else(|_| json!({}))
}
