//! `chat.*`

use crate::router::Router;

mod abort;
mod history;
mod inject;
mod metadata;
pub(super) mod send;

pub(super) fn register(router: &mut Router) {
    abort::register(router);
    history::register(router);
    inject::register(router);
    metadata::register(router);
    send::register(router);
}
