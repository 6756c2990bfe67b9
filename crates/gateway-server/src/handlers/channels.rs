//! `channels.*`

mod control;
mod pairing;
mod status;

use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    control::register(router);
    pairing::register(router);
    status::register(router);
}
