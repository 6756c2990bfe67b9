//! `voicewake.routing.changed`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::methods::open_record::open_record;
use crate::{Audience, Event, Generation, Scope};

/// Who answers which wake word has changed. A node is told right after it connects, without `seq`.
///
/// Units: times in milliseconds since the epoch.
/// Source: observed on 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum VoicewakeRoutingChanged {}

impl Event for VoicewakeRoutingChanged {
    const NAME: &'static str = "voicewake.routing.changed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = VoicewakeRoutingChangedPayload;
}

/// Payload of [`VoicewakeRoutingChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VoicewakeRoutingChangedPayload {
    /// What now holds.
    pub config: VoiceWakeRouting,
}

open_record! {
    /// Who answers which wake word.
    #[derive(Debug, Clone, PartialEq)]
    pub struct VoiceWakeRouting {
        /// Version of this shape: 1.
        must version: u64 = "version",
        /// Who answers when no route fits: `{mode: "current"}` or another session.
        must default_target: Value = "defaultTarget",
        /// Who answers which word.
        must routes: Vec<Value> = "routes",
        /// Last change, milliseconds since the epoch; 0 for never.
        must updated_at_ms: u64 = "updatedAtMs",
    }
}

impl VoiceWakeRouting {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        version: u64,
        default_target: Value,
        routes: Vec<Value>,
        updated_at_ms: u64,
    ) -> Self {
        Self {
            version,
            default_target,
            routes,
            updated_at_ms,
            rest: Map::new(),
        }
    }
}
