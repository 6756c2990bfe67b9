//! `presence`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::presence::PresenceEntry;
use crate::{Audience, Event, Scope};

/// Who is here, in full, with `stateVersion`: after every change of the list.
///
/// Units: times in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Presence {}

impl Event for Presence {
    const NAME: &'static str = "presence";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const DROP_IF_SLOW: bool = true;
    type Payload = PresencePayload;
}

/// Payload of [`Presence`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PresencePayload {
    /// The list, newest first.
    pub presence: Vec<PresenceEntry>,
}
