//! `agent`, `agent.wait`, `agent.identity.get`

use crate::router::Router;

mod call;
mod identity;
mod wait;

pub(super) fn register(router: &mut Router) {
    call::register(router);
    identity::register(router);
    wait::register(router);
}
