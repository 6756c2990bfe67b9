//! `sessions.preview`

use std::collections::HashMap;

use openclaw_protocol::methods::sessions::preview::{
    PreviewStatus, SessionPreview, SessionsPreview, SessionsPreviewParams, SessionsPreviewResult,
};
use openclaw_store::EntryRange;

use super::key;
use crate::clock::now_ms;
use crate::context::Ctx;
use crate::conversations::items;
use crate::fault::Fault;
use crate::router::Router;

/// Keys that count.
const MAX_KEYS: usize = 64;
/// Messages of each where the caller does not say.
const USUAL_ITEMS: u64 = 12;
/// The most messages of each.
const MAX_ITEMS: u64 = 200;
/// Characters of a message where the caller does not say.
const USUAL_CHARS: u64 = 240;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsPreview, _>(|ctx, params| async move { preview(&ctx, params).await });
}

async fn preview(ctx: &Ctx, params: SessionsPreviewParams) -> Result<SessionsPreviewResult, Fault> {
    if params.keys.is_empty() {
        return Err(Fault::invalid("keys must name at least one session"));
    }
    let limit = params.limit.unwrap_or(USUAL_ITEMS).clamp(1, MAX_ITEMS);
    let max_chars = params.max_chars.unwrap_or(USUAL_CHARS);
    if max_chars < 20 {
        return Err(Fault::invalid("maxChars must be at least 20"));
    }
    let limit = usize::try_from(limit).unwrap_or(1);
    let max_chars = usize::try_from(max_chars).unwrap_or(usize::MAX);
    let mut seen: HashMap<String, SessionPreview> = HashMap::new();
    let mut previews = Vec::new();
    for given in params.keys.into_iter().take(MAX_KEYS) {
        let name = given.to_string();
        if let Some(preview) = seen.get(&name) {
            previews.push(preview.clone());
            continue;
        }
        let (status, items) = match key(ctx.core(), &name, None) {
            Ok(key) => one(ctx, &key, limit, max_chars).await,
            Err(_) => (PreviewStatus::Missing, Vec::new()),
        };
        let preview = SessionPreview {
            key: given,
            status,
            items,
        };
        seen.insert(name, preview.clone());
        previews.push(preview);
    }
    Ok(SessionsPreviewResult {
        ts: now_ms(),
        previews,
    })
}

async fn one(
    ctx: &Ctx,
    key: &str,
    limit: usize,
    max_chars: usize,
) -> (
    PreviewStatus,
    Vec<openclaw_protocol::methods::sessions::preview::PreviewItem>,
) {
    let book = &ctx.core().conversations;
    let read = async {
        let Some(one) = book.get(key).await? else {
            return Ok(None);
        };
        // Some entries show nothing.
        let range = EntryRange::Last(limit.saturating_mul(2) + 10);
        let entries = book.entries(&one.session_id, range).await?;
        Ok::<_, openclaw_store::StoreError>(Some(items(&entries, limit, max_chars)))
    };
    match read.await {
        Ok(None) => (PreviewStatus::Missing, Vec::new()),
        Ok(Some(items)) if items.is_empty() => (PreviewStatus::Empty, items),
        Ok(Some(items)) => (PreviewStatus::Ok, items),
        Err(error) => {
            tracing::warn!(session = key, %error, "a preview cannot be read");
            (PreviewStatus::Error, Vec::new())
        }
    }
}
