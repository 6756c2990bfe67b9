//! `node.*`: nodes, calls to them, and what they send.

use crate::router::Router;

mod bring;
mod event;
mod invoke;
mod list;
mod pair;
mod pending;
mod speech;

pub(super) fn register(router: &mut Router) {
    bring::register(router);
    event::register(router);
    invoke::register(router);
    list::register(router);
    pair::register(router);
    pending::register(router);
}
