//! `sessions.list`

use openclaw_protocol::methods::nullable::Nullable;
use openclaw_protocol::methods::sessions::list::{
    SessionDefaults, SessionsList, SessionsListResult,
};

use crate::clock::now_ms;
use crate::router::Router;
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.now::<SessionsList>(|ctx, _| {
        // Nothing is chosen: no model, no provider, no context size.
        let defaults = SessionDefaults {
            model_provider: Nullable::Null,
            model: Nullable::Null,
            context_tokens: Nullable::Null,
            ..SessionDefaults::default()
        };
        let path = view::health::store_path(ctx.core());
        Ok(SessionsListResult::new(
            now_ms(),
            path,
            0,
            defaults,
            Vec::new(),
        ))
    });
}
