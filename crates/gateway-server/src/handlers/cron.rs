//! `cron.list`, `cron.status`
//!
//! No job can be added yet: the lists are empty, and the scheduler says that it is off.

use openclaw_protocol::methods::cron::list::{CronList, CronListResult};
use openclaw_protocol::methods::cron::status::{CronStatus, CronStatusResult};
use openclaw_protocol::methods::nullable::Nullable;

use crate::router::Router;
use crate::view;

pub(super) fn register(router: &mut Router) {
    router.now::<CronList>(|ctx, params| {
        let list = CronListResult::new(Vec::new());
        Ok(if ctx.conn().is_v4() {
            CronListResult {
                total: Some(0),
                offset: Some(params.offset.unwrap_or(0)),
                limit: Some(params.limit.unwrap_or(50)),
                has_more: Some(false),
                next_offset: Nullable::Null,
                ..list
            }
        } else {
            list
        })
    });
    router.now::<CronStatus>(|ctx, _| {
        Ok(CronStatusResult {
            next_wake_at_ms: Nullable::Null,
            ..CronStatusResult::new(false, view::health::store_path(ctx.core()), 0)
        })
    });
}
