//! `sessions.send`

use openclaw_protocol::id::SessionKey;
use openclaw_protocol::methods::chat::send::{ChatSendParams, ChatSendResult};
use openclaw_protocol::methods::sessions::send::{SessionsSend, SessionsSendParams};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Broken, key};
use crate::context::Ctx;
use crate::fault::Fault;
use crate::handlers::chat;
use crate::router::{Router, Then};

pub(super) fn register(router: &mut Router) {
    router.later_then::<SessionsSend, _>(|ctx, params| async move {
        let told = CancellationToken::new();
        let begin = told.clone().drop_guard();
        let result = Box::pin(send(&ctx, params, told)).await?;
        let then: Then = Box::new(move || drop(begin));
        Ok((result, then))
    });
}

async fn send(
    ctx: &Ctx,
    params: SessionsSendParams,
    told: CancellationToken,
) -> Result<ChatSendResult, Fault> {
    let core = ctx.core();
    let key = key(core, params.key.as_str(), params.agent_id.as_ref())?;
    let found = core.conversations.get(&key).await.map_err(Broken::from)?;
    if found.is_none() {
        return Err(Fault::invalid(format!(
            "session not found: {key}; sessions.create makes one"
        )));
    }
    let once = params
        .idempotency_key
        .unwrap_or_else(|| Uuid::new_v4().to_string());
    let mut chat = ChatSendParams::new(SessionKey::from(key.as_str()), params.message, once);
    chat.thinking = params.thinking;
    chat.attachments = params.attachments;
    chat.timeout_ms = params.timeout_ms;
    chat::send::send(ctx, chat, told).await
}
