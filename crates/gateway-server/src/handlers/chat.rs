//! `chat.*`

use crate::router::Router;

mod abort;
pub(super) mod send;

pub(super) fn register(router: &mut Router) {
    abort::register(router);
    send::register(router);
}
