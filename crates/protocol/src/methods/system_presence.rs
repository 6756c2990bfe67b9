//! `system-presence`

use crate::methods::common::IgnoredParams;
use crate::presence::PresenceEntry;
use crate::{Access, Method, Scope};

/// Who is here: the Gateway itself, its clients and hosts that reported themselves.
///
/// Shape: any params → an array of entries, newest first.
/// Units: `ts` in milliseconds since the epoch.
/// Errors: none.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum SystemPresence {}

impl Method for SystemPresence {
    const NAME: &'static str = "system-presence";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = IgnoredParams;
    type Result = Vec<PresenceEntry>;
}
