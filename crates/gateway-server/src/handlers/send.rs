//! `send`, and what it shares with `poll`

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_agent::tool::Attachment;
use openclaw_protocol::id::RunId;
use openclaw_protocol::methods::send::{Send, SendParams, SendResult};
use serde_json::{Map, Value};

use crate::channels::speak::{Spoken, speak};
use crate::channels::{options::NoChannel, type_of};
use crate::context::Ctx;
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;
use crate::runs::{DeliveryBody, DeliveryTarget, Manner};

/// How long a caller waits for what becomes of a message.
const PATIENCE: Duration = Duration::from_secs(25);
/// Bytes of a file.
const MAX_FILE: usize = 20 * 1024 * 1024;
/// Bytes of a text.
const MAX_TEXT: usize = 256 * 1024;
/// Characters of a key.
const MAX_KEY: usize = 256;

pub(super) fn register(router: &mut Router) {
    router.later::<Send, _>(|ctx, params| async move { send(&ctx, params).await });
}

async fn send(ctx: &Ctx, params: SendParams) -> Result<SendResult, Fault> {
    let core = ctx.core();
    let text = params.message.clone().unwrap_or_default();
    if text.len() > MAX_TEXT {
        return Err(Fault::invalid(format!("message: at most {MAX_TEXT} bytes")));
    }
    let has_urls = params.media_url.is_some()
        || params
            .media_urls
            .as_ref()
            .is_some_and(|urls| !urls.is_empty());
    if has_urls {
        return Err(Fault::invalid(
            "mediaUrl: this Gateway fetches no files for a message; send the bytes as `buffer`",
        ));
    }
    let file = params.buffer.as_deref().map(|data| file(data, &params));
    let file = file.transpose()?;
    if text.trim().is_empty() && file.is_none() {
        return Err(Fault::invalid("send requires text or media"));
    }
    let mut to = place(
        core,
        params.channel.as_deref(),
        params.account_id.as_deref(),
        &params.to,
    )?;
    to.thread_id = params.thread_id;
    to.reply_to = params.reply_to_id;
    let body = DeliveryBody {
        text,
        attachments: file.into_iter().collect(),
        manner: Manner {
            silent: params.silent == Some(true),
            native: params.parse_mode.is_some(),
            document: params.force_document == Some(true),
            voice: params.as_voice == Some(true),
            animation: params.gif_playback == Some(true),
        },
        session_key: params.session_key.map(|key| key.to_string()),
        ..DeliveryBody::to(&to)
    };
    deliver(core, "send", &params.idempotency_key, &to, &body).await
}

fn file(data: &str, params: &SendParams) -> Result<Attachment, Fault> {
    let data = data.trim();
    let data = match data.strip_prefix("data:") {
        Some(rest) => rest.split_once(',').map_or("", |(_, data)| data),
        None => data,
    };
    let bytes = STANDARD
        .decode(data)
        .map_err(|_| Fault::invalid("buffer: expected base64"))?;
    if bytes.is_empty() || bytes.len() > MAX_FILE {
        return Err(Fault::invalid(format!(
            "buffer: expected 1 to {MAX_FILE} bytes"
        )));
    }
    let name = params.filename.clone();
    let by_name = type_of(name.as_deref().unwrap_or_default());
    Ok(Attachment {
        mime_type: params
            .content_type
            .clone()
            .unwrap_or_else(|| by_name.to_owned()),
        name,
        data: data.to_owned(),
    })
}

/// Where a caller wants something sent.
pub(super) fn place(
    core: &Core,
    channel: Option<&str>,
    account: Option<&str>,
    to: &str,
) -> Result<DeliveryTarget, Fault> {
    let found = core.channels.place(channel, account, to);
    let (account, to) = found.map_err(|error| match error {
        NoChannel::Unusable { .. } => Fault::unavailable(error.to_string()),
        other => Fault::invalid(other.to_string()),
    })?;
    Ok(DeliveryTarget {
        channel: account.options.channel.clone(),
        account: account.options.account.clone(),
        to,
        thread_id: None,
        reply_to: None,
    })
}

/// Sends something once for a key, and tells what became of it.
pub(super) async fn deliver(
    core: &Core,
    what: &str,
    key: &str,
    to: &DeliveryTarget,
    body: &DeliveryBody,
) -> Result<SendResult, Fault> {
    let is_key = !key.trim().is_empty()
        && key.chars().count() <= MAX_KEY
        && !key.chars().any(char::is_control);
    if !is_key {
        return Err(Fault::invalid(
            "idempotencyKey: expected 1 to 256 characters without control characters",
        ));
    }
    let id = format!("{what}:{key}");
    let spoken = speak(core, id, to, body, PATIENCE).await;
    match spoken.map_err(|error| Fault::internal("the message cannot be kept", error))? {
        Spoken::Sent(ids) => Ok(result(key, to, &ids)),
        Spoken::Failed(why) => Err(Fault::unavailable(why)),
        Spoken::Unknown(why) => Err(Fault::unavailable(format!(
            "nobody knows whether the message arrived, and it is not sent again: {why}"
        ))
        .with_code("DELIVERY_UNKNOWN")),
        Spoken::Waits(why) => {
            let why = why.map_or(String::new(), |why| format!(" ({why})"));
            Err(Fault::unavailable(format!(
                "the message waits and will be sent{why}; the same idempotencyKey tells what \
                 became of it"
            ))
            .with_code("DELIVERY_WAITS"))
        }
    }
}

fn result(key: &str, to: &DeliveryTarget, ids: &Map<String, Value>) -> SendResult {
    let text = |name: &str| ids.get(name).and_then(Value::as_str).map(str::to_owned);
    let message_id = text("messageId").unwrap_or_default();
    let mut result = SendResult::new(RunId::from(key), message_id, to.channel.clone());
    result.chat_id = ids.get("chatId").cloned();
    result.poll_id = text("pollId");
    result
}
