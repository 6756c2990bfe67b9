//! `sessions.get`

use openclaw_protocol::methods::sessions::get::{SessionsGet, SessionsGetResult};

use super::{Broken, key};
use crate::conversations::{Shape, history};
use crate::fault::Fault;
use crate::router::Router;

/// Messages where the caller does not say.
const USUAL: usize = 200;
/// The most that a caller may ask for.
const MAX: usize = 1000;
/// The most characters of one text.
const MAX_CHARS: usize = 500_000;

pub(super) fn register(router: &mut Router) {
    router.later::<SessionsGet, _>(|ctx, params| async move {
        let core = ctx.core();
        let given = params.key.as_ref().or(params.session_key.as_ref());
        let given = given.ok_or_else(|| Fault::invalid("key required"))?;
        let key = key(core, given.as_str(), params.agent_id.as_ref())?;
        let limit = match params.limit {
            None => USUAL,
            Some(limit) if limit.is_finite() && limit >= 1.0 => whole(limit),
            Some(_) => return Err(Fault::invalid("limit must be at least 1")),
        };
        let found = core.conversations.get(&key).await.map_err(Broken::from)?;
        let Some(one) = found else {
            return Ok(SessionsGetResult {
                messages: Vec::new(),
            });
        };
        let wanted = history::Wanted {
            limit,
            max_bytes: history::MAX_BYTES,
            offset: 0,
            shape: Shape::V4 {
                max_chars: MAX_CHARS,
            },
        };
        let page = history::page(&core.conversations, &one.session_id, wanted).await;
        Ok(SessionsGetResult {
            messages: page.map_err(Broken::from)?.messages,
        })
    });
}

/// A number of messages, within what may be asked for.
fn whole(limit: f64) -> usize {
    (1..=MAX)
        .rev()
        .find(|count| *count as f64 <= limit)
        .unwrap_or(1)
}
