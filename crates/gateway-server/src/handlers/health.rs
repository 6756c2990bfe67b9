//! `health`, `status`

use openclaw_protocol::methods::{health::Health, status::Status};

use crate::handlers::chat::send::broken;
use crate::router::Router;
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.now_raw::<Health>(|ctx, params| {
        if params.probe == Some(true) {
            ctx.core().refresh_health();
        }
        Ok(ctx.core().health.last().0)
    });
    router.later::<Status, _>(|ctx, _| async move {
        let status = view::status::status(ctx.core()).await;
        status.map_err(|error| broken(&error))
    });
}
