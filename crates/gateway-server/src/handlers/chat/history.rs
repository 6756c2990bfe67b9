//! `chat.history` and `chat.startup`

use openclaw_protocol::Generation;
use openclaw_protocol::id::{SessionId, SessionKey};
use openclaw_protocol::methods::chat::history::{
    ChatHistory, ChatHistoryParams, ChatHistoryResult,
};
use openclaw_protocol::methods::chat::startup::{ChatStartup, ChatStartupParams};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::metadata;
use super::send::broken;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::history::{self, Cursor, Wanted};
use crate::conversations::{Conversation, Shape, key_of, row, watch};
use crate::core::Core;
use crate::fault::Fault;
use crate::router::Router;

/// Messages where the caller does not say.
const USUAL: u64 = 200;
/// The most messages of one page.
const MAX: u64 = 1000;
/// The fewest bytes that a caller may ask for.
const MIN_BYTES: u64 = 1024;
/// The most that comes after a cursor, in bytes of JSON.
const MAX_DELTA_BYTES: usize = 1_000_000;
/// The most characters of one text that a caller may ask for.
const MAX_CHARS: u64 = 500_000;

pub(super) fn register(router: &mut Router) {
    router
        .later::<ChatHistory, _>(|ctx, params| async move { Box::pin(read(&ctx, &params)).await });
    router.later::<ChatStartup, _>(|ctx, params| async move {
        let params = startup(&ctx, params).await?;
        let agent = params.agent_id.clone();
        let key = params.session_key.clone();
        let mut result = Box::pin(read(&ctx, &params)).await?;
        if result.kind.as_deref() != Some("reset") {
            let chosen = metadata::metadata(ctx.core(), agent.as_ref(), Some(&key))?;
            result.rest.insert("metadata".to_owned(), chosen);
        }
        Ok(result)
    });
}

/// What `chat.startup` asks of `chat.history`. The connection watches sessions from now on.
async fn startup(ctx: &Ctx, params: ChatStartupParams) -> Result<ChatHistoryParams, Fault> {
    let core = ctx.core();
    ctx.conn().watches.watch_all();
    let session_key = match (params.session_key, params.short_id) {
        (Some(key), _) => key,
        (None, None) => return Err(Fault::invalid("sessionKey or shortId required")),
        (None, Some(short)) => {
            let short = short.trim().to_owned();
            let all = core.conversations.all().await;
            let all = all.map_err(|error| broken(&error))?;
            let mut meant = all
                .iter()
                .filter(|one| short.len() >= 6 && one.session_id.starts_with(&short));
            match (meant.next(), meant.next()) {
                (Some(one), None) => SessionKey::from(one.key.as_str()),
                (None, _) => {
                    return Err(Fault::invalid(format!("No session found: {short}")));
                }
                (Some(_), Some(_)) => {
                    return Err(Fault::invalid(format!(
                        "Multiple sessions found: {short}; name one with sessionKey"
                    )));
                }
            }
        }
    };
    Ok(ChatHistoryParams {
        agent_id: params.agent_id,
        cursor: params.cursor,
        limit: params.limit,
        max_bytes: params.max_bytes,
        offset: params.offset,
        pending_before: params.pending_before,
        input_run_ids: params.input_run_ids,
        message_id: params.message_id,
        session_id: params.session_id,
        max_chars: params.max_chars,
        ..ChatHistoryParams::new(session_key)
    })
}

async fn read(ctx: &Ctx, params: &ChatHistoryParams) -> Result<ChatHistoryResult, Fault> {
    let core = ctx.core();
    let is_v4 = ctx.conn().is_v4();
    let wanted = wanted(params, is_v4)?;
    let key = key_of(core, params.session_key.as_str(), params.agent_id.as_ref())?;
    let found = core.conversations.get(&key).await;
    let one = found.map_err(|error| broken(&error))?;
    let transcript = match (&one, &params.session_id) {
        (Some(one), Some(id)) if one.has_transcript(id.as_str()) => Some(id.as_str()),
        (_, Some(id)) => {
            return Err(Fault::invalid(format!(
                "sessionId {id} is no transcript of session {key}"
            )));
        }
        (Some(one), None) => Some(one.session_id.as_str()),
        (None, None) => None,
    };
    let mut result = match (is_v4, &params.cursor, &one, transcript) {
        (true, Some(cursor), one, _) => {
            let delta = delta(core, one.as_ref(), cursor, wanted.max_bytes).await?;
            match delta {
                Some(delta) => delta,
                None => {
                    return Ok(ChatHistoryResult {
                        kind: Some("reset".to_owned()),
                        ..ChatHistoryResult::default()
                    });
                }
            }
        }
        (_, _, _, transcript) => Box::pin(page(core, params, transcript, wanted, is_v4)).await?,
    };
    if is_v4 {
        newer(core, &key, one.as_ref(), &mut result);
    }
    if result.kind.is_some() {
        return Ok(result);
    }
    let setup = core.runs.setup();
    result.session_key = Some(params.session_key.clone());
    result.session_id = transcript.map(SessionId::from);
    result.thinking_level = Some(row::thinking(&setup, &key, one.as_ref()));
    result.verbose_level = one.as_ref().and_then(|one| one.owned("verboseLevel"));
    if is_v4 {
        let defaults = serde_json::to_value(row::defaults(&setup, &key)).unwrap_or_default();
        result.rest.insert("defaults".to_owned(), defaults);
    }
    Ok(result)
}

fn wanted(params: &ChatHistoryParams, is_v4: bool) -> Result<Wanted, Fault> {
    let limit = params.limit.unwrap_or(USUAL);
    if !(1..=MAX).contains(&limit) {
        return Err(Fault::invalid(format!("limit must be from 1 to {MAX}")));
    }
    let max_bytes = params.max_bytes.unwrap_or(history::MAX_BYTES as u64);
    if max_bytes < MIN_BYTES {
        return Err(Fault::invalid(format!(
            "maxBytes must be at least {MIN_BYTES}"
        )));
    }
    let max_chars = params.max_chars.unwrap_or(8000);
    if !(1..=MAX_CHARS).contains(&max_chars) {
        return Err(Fault::invalid(format!(
            "maxChars must be from 1 to {MAX_CHARS}"
        )));
    }
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Wanted {
        limit: size(limit),
        max_bytes: size(max_bytes).min(history::MAX_BYTES),
        offset: params.offset.unwrap_or(0),
        shape: if is_v4 {
            Shape::V4 {
                max_chars: size(max_chars),
            }
        } else {
            Shape::V3
        },
    })
}

async fn page(
    core: &Core,
    params: &ChatHistoryParams,
    transcript: Option<&str>,
    mut wanted: Wanted,
    is_v4: bool,
) -> Result<ChatHistoryResult, Fault> {
    let book = &core.conversations;
    let mut result = ChatHistoryResult {
        messages: Some(Vec::new()),
        ..ChatHistoryResult::default()
    };
    let Some(transcript) = transcript else {
        if is_v4 {
            result.has_more = Some(false);
            result.total_messages = Some(0);
        }
        return Ok(result);
    };
    if let Some(id) = &params.message_id {
        let offset = history::offset_of(book, transcript, id).await;
        let Some(behind) = offset.map_err(|error| broken(&error))? else {
            return Err(Fault::invalid(format!(
                "message not found: {id}; it was summed up, or belongs to another session"
            )));
        };
        wanted.offset = behind.saturating_sub(wanted.limit as u64 / 2);
    }
    let page = history::page(book, transcript, wanted).await;
    let page = page.map_err(|error| broken(&error))?;
    if is_v4 {
        result.has_more = Some(page.has_more());
        result.next_offset = page.has_more().then_some(page.reached);
        result.total_messages = Some(page.total);
        if params.offset.is_some() || params.message_id.is_some() {
            result.offset = Some(wanted.offset);
        }
        if wanted.offset == 0 {
            let cursor = Cursor {
                session_id: transcript.to_owned(),
                seq: page.last_seq,
            };
            result.delta_cursor = Some(cursor.text());
        }
    }
    result.messages = Some(page.messages);
    Ok(result)
}

/// What came since a cursor. `None`: everything has to be asked for anew.
async fn delta(
    core: &Core,
    one: Option<&Conversation>,
    cursor: &str,
    max_bytes: usize,
) -> Result<Option<ChatHistoryResult>, Fault> {
    let (Some(one), Some(cursor)) = (one, Cursor::read(cursor)) else {
        return Ok(None);
    };
    if one.session_id != cursor.session_id {
        return Ok(None);
    }
    let since = history::since(&core.conversations, &one.session_id, cursor.seq).await;
    let Some(entries) = since.map_err(|error| broken(&error))? else {
        return Ok(None);
    };
    let last_seq = entries.last().map_or(cursor.seq, |entry| entry.seq);
    let mut messages = Vec::new();
    let mut bytes = 0;
    for entry in &entries {
        let Some(payload) = watch::message(core, one, entry) else {
            continue;
        };
        let text = to_raw_value(&payload)
            .map_err(|error| Fault::internal("message not serialisable", error))?;
        bytes += text.get().len() + 1;
        if bytes > max_bytes.min(MAX_DELTA_BYTES) {
            return Ok(None);
        }
        messages.push(text);
    }
    let next = Cursor {
        seq: last_seq,
        ..cursor
    };
    Ok(Some(ChatHistoryResult {
        kind: Some("delta".to_owned()),
        messages: Some(messages),
        delta_cursor: Some(next.text()),
        ..ChatHistoryResult::default()
    }))
}

/// The members of protocol 4 that pages and deltas share.
fn newer(core: &Core, key: &str, one: Option<&Conversation>, result: &mut ChatHistoryResult) {
    let info = match one {
        Some(one) => row::value(&row::plain(core, one, Generation::V4)),
        None => row::value(&row::plain(
            core,
            &Conversation::new(key, now_ms()),
            Generation::V4,
        )),
    };
    let info = match (one, info) {
        (None, Value::Object(mut members)) => {
            // It does not exist: nothing tells when it was made or which transcript it has.
            for name in ["sessionId", "createdAt", "updatedAt"] {
                members.remove(name);
            }
            Value::Object(members)
        }
        (_, info) => info,
    };
    let rest = &mut result.rest;
    rest.insert("sessionInfo".to_owned(), info);
    rest.insert(
        "pendingInputs".to_owned(),
        json!({ "items": [], "total": 0 }),
    );
    if let Some(run) = core.runs.in_flight(key, Generation::V4) {
        let mut snapshot = json!({
            "runId": run.run_id, "text": run.text, "sessionAbortable": true,
        });
        if let Some(started) = run.started_at_ms {
            snapshot["startedAt"] = started.into();
        }
        rest.insert("inFlightRun".to_owned(), snapshot);
    }
}
