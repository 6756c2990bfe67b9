//! `talk.mode`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Audience, Event, Scope};

/// Talking was switched on or off.
///
/// Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum TalkMode {}

impl Event for TalkMode {
    const NAME: &'static str = "talk.mode";
    const AUDIENCE: Audience = Audience::Operators(Scope::Talk);
    const DROP_IF_SLOW: bool = true;
    type Payload = TalkModePayload;
}

/// Payload of [`TalkMode`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TalkModePayload {
    /// Whether it is on.
    pub enabled: bool,
    /// What it does now: `listening`, `speaking`, ….
    #[serde(default)]
    pub phase: Option<String>,
    /// When.
    pub ts: u64,
}

impl TalkModePayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(enabled: bool, ts: u64) -> Self {
        Self {
            enabled,
            phase: None,
            ts,
        }
    }
}
