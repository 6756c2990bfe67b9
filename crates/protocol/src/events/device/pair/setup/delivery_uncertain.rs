//! `device.pair.setup.deliveryUncertain`

use crate::events::device::pair::setup::completed::DevicePairSetupCompletedPayload;
use crate::{Audience, Event, Generation, Scope};

/// A device has used a setup code, and perhaps never heard what it was given: the code is spent.
///
/// Payload: as of `device.pair.setup.completed`.
/// Units: `ts` in milliseconds since the epoch.
/// Source: schema of 2026.9.1; not in 2026.2.6-3.
#[derive(Debug)]
pub enum DevicePairSetupDeliveryUncertain {}

impl Event for DevicePairSetupDeliveryUncertain {
    const NAME: &'static str = "device.pair.setup.deliveryUncertain";
    const AUDIENCE: Audience = Audience::Operators(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = DevicePairSetupCompletedPayload;
}
