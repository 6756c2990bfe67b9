//! `node.*`: nodes, calls to them, and what they send.

use crate::router::Router;

mod event;
mod invoke;
mod list;
mod pair;

pub(super) fn register(router: &mut Router) {
    event::register(router);
    invoke::register(router);
    list::register(router);
    pair::register(router);
}
