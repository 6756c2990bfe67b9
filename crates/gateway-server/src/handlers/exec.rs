//! `exec.*`

mod approval;
mod approvals;

use crate::router::Router;

pub(super) fn register(router: &mut Router) {
    approval::register(router);
    approvals::register(router);
}
