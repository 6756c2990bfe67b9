//! `health`, `status`

use openclaw_protocol::methods::{health::Health, status::Status};

use crate::router::Router;
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.now_raw::<Health>(|ctx, params| {
        if params.probe == Some(true) {
            ctx.core().refresh_health();
        }
        Ok(ctx.core().health.last().0)
    });
    router.now::<Status>(|ctx, _| Ok(view::health::status(ctx.core())));
}
