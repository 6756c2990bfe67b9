//! `chat.inject`

use openclaw_protocol::Generation;
use openclaw_protocol::events::chat::{Chat, ChatPayload, ChatState};
use openclaw_protocol::id::{AgentId, RunId, SessionKey};
use openclaw_protocol::methods::chat::inject::{ChatInject, ChatInjectParams, ChatInjectResult};
use openclaw_protocol::methods::chat::message::ChatMessage;
use openclaw_store::NewEntry;
use serde_json::json;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::send::broken;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::{key_of, watch};
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;
use crate::state::hub::publish_in;

/// Characters of a label.
const MAX_LABEL: usize = 100;
/// Characters of a message.
const MAX_MESSAGE: usize = 1024 * 1024;

pub(super) fn register(router: &mut Router) {
    router.later::<ChatInject, _>(|ctx, params| async move { inject(&ctx, params).await });
}

async fn inject(ctx: &Ctx, params: ChatInjectParams) -> Result<ChatInjectResult, Fault> {
    let core = ctx.core();
    let label = params.label.as_deref().map(str::trim).unwrap_or_default();
    if params.message.trim().is_empty() {
        return Err(Fault::invalid("message required"));
    }
    if params.message.len() > MAX_MESSAGE || label.chars().count() > MAX_LABEL {
        return Err(Fault::invalid(format!(
            "message has at most {MAX_MESSAGE} bytes, label at most {MAX_LABEL} characters"
        )));
    }
    let key = key_of(core, params.session_key.as_str(), params.agent_id.as_ref())?;
    let book = &core.conversations;
    let found = book.get(&key).await.map_err(|error| broken(&error))?;
    let one = found.ok_or_else(|| Fault::invalid("session not found"))?;
    let count = book.count(&one.session_id).await;
    if count.map_err(|error| broken(&error))? == 0 {
        return Err(Fault::invalid("transcript file not found"));
    }
    let text = if label.is_empty() {
        params.message
    } else {
        format!("[{label}]\n\n{}", params.message)
    };
    let (id, now) = (Uuid::new_v4().to_string(), now_ms());
    let body = to_raw_value(&json!({
        "role": "assistant", "content": [{ "type": "text", "text": text }],
        "provider": "openclaw", "model": "gateway-injected", "stopReason": "injected",
        "usage": { "input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0, "totalTokens": 0 },
        "label": label, "timestamp": now,
    }));
    let entry = NewEntry {
        entry_id: id.clone(),
        run_id: None,
        at_ms: now,
        body: body.map_err(|error| Fault::internal("message not serialisable", error))?,
    };
    let added = book.append(&key, vec![entry], now).await;
    if added.map_err(|error| broken(&error))?.is_none() {
        return Err(Fault::invalid("session not found"));
    }
    tell(core, &key, &id, &text, now);
    watch::said(core, &key, std::slice::from_ref(&id)).await;
    Ok(ChatInjectResult {
        ok: true,
        message_id: id,
    })
}

fn tell(core: &Core, key: &str, id: &str, text: &str, now: u64) {
    let mut message = ChatMessage::text("assistant", text, now);
    message.stop_reason = Some("injected".to_owned());
    let run_id = RunId::from(format!("inject-{id}"));
    let mut payload = ChatPayload::new(run_id, SessionKey::from(key), 0, ChatState::Final);
    payload.message = Some(message);
    publish_in::<Chat>(&*core.bus, Generation::V3, None, &payload);
    let setup = core.runs.setup();
    payload.agent_id = Some(AgentId::from(setup.agent_of(key).id.as_str()));
    publish_in::<Chat>(&*core.bus, Generation::V4, None, &payload);
}
