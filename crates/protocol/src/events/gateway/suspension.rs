//! `gateway.suspension`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Audience, Event, Generation};

/// The Gateway stops taking work, or takes it again.
///
/// Units: none.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum GatewaySuspension {}

impl Event for GatewaySuspension {
    const NAME: &'static str = "gateway.suspension";
    const AUDIENCE: Audience = Audience::Everyone;
    const SINCE: Generation = Generation::V4;
    type Payload = GatewaySuspensionPayload;
}

/// Payload of [`GatewaySuspension`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewaySuspensionPayload {
    /// What now holds.
    pub phase: SuspensionPhase,
}

open_enum! {
    /// Whether the Gateway takes work.
    pub enum SuspensionPhase {
        /// It does.
        Accepting = "accepting",
        /// It is about to stop.
        Preparing = "preparing",
        /// It finishes what it has.
        Draining = "draining",
        /// It is ready to be stopped.
        Prepared = "prepared",
    }
}
