//! `device.pair.requested`

use crate::methods::device::pair::record::PendingDevice;
use crate::{Audience, Event, Scope};

/// A device waits for approval.
///
/// Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum DevicePairRequested {}

impl Event for DevicePairRequested {
    const NAME: &'static str = "device.pair.requested";
    const AUDIENCE: Audience = Audience::Operators(Scope::Pairing);
    const DROP_IF_SLOW: bool = true;
    type Payload = PendingDevice;
}
