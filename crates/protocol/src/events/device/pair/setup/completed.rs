//! `device.pair.setup.completed`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::open_enum::open_enum;
use crate::{Audience, Event, Generation, Scope};

/// A device has used a setup code.
///
/// Units: `ts` in milliseconds since the epoch.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum DevicePairSetupCompleted {}

impl Event for DevicePairSetupCompleted {
    const NAME: &'static str = "device.pair.setup.completed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Pairing);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = DevicePairSetupCompletedPayload;
}

/// Payload of [`DevicePairSetupCompleted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePairSetupCompletedPayload {
    /// The setup code's id, at most 128 characters.
    pub setup_id: String,
    /// The device.
    pub device_id: DeviceId,
    /// Its name for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// What it was given.
    pub access: SetupAccess,
    /// When.
    pub ts: u64,
}

impl DevicePairSetupCompletedPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(setup_id: String, device_id: DeviceId, access: SetupAccess, ts: u64) -> Self {
        Self {
            setup_id,
            device_id,
            device_name: None,
            access,
            ts,
        }
    }
}

open_enum! {
    /// What a setup code gave.
    pub enum SetupAccess {
        /// All that an owner may do.
        Full = "full",
        /// Ordinary use.
        Limited = "limited",
        /// A node.
        Node = "node",
    }
}
