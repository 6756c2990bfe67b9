//! `device.pair.resolved`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::events::node::pair::resolved::PairDecision;
use crate::id::{DeviceId, PairingRequestId};
use crate::{Audience, Event, Scope};

/// A device was approved or turned away, by a person or without asking.
///
/// Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum DevicePairResolved {}

impl Event for DevicePairResolved {
    const NAME: &'static str = "device.pair.resolved";
    const AUDIENCE: Audience = Audience::Operators(Scope::Pairing);
    const DROP_IF_SLOW: bool = true;
    type Payload = DevicePairResolvedPayload;
}

/// Payload of [`DevicePairResolved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairResolvedPayload {
    /// The request.
    pub request_id: PairingRequestId,
    /// The device.
    pub device_id: DeviceId,
    /// What became of it.
    pub decision: PairDecision,
    /// When.
    pub ts: u64,
}
