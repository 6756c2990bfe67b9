//! `last-heartbeat`

use crate::events::heartbeat::HeartbeatPayload;
use crate::methods::common::IgnoredParams;
use crate::{Access, Method, Scope};

/// What came of the last heartbeat.
///
/// Shape: any params → the payload of the last `heartbeat` event, or `null` when there was none.
/// Units: `ts` in milliseconds since the epoch.
/// Errors: none.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum LastHeartbeat {}

impl Method for LastHeartbeat {
    const NAME: &'static str = "last-heartbeat";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = IgnoredParams;
    type Result = Option<HeartbeatPayload>;
}
