//! `models.list`

use openclaw_protocol::methods::models::list::{ModelsList, ModelsListResult};

use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    // No model is configured: none is listed.
    router.now::<ModelsList>(|_, _| Ok(ModelsListResult::new(Vec::new())));
}
