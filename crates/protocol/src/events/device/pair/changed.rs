//! `device.pair.changed`

use crate::events::none::NoPayload;
use crate::{Audience, Event, Generation, Scope};

/// Something about paired devices changed: ask `device.pair.list` again.
///
/// Shape: `{}`. Units: none.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum DevicePairChanged {}

impl Event for DevicePairChanged {
    const NAME: &'static str = "device.pair.changed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = NoPayload;
}
