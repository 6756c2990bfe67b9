//! `tick`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Audience, Event};

/// A sign of life every 30 s. February clients count nothing else.
///
/// Shape: `{ts}`. Units: milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Tick {}

impl Event for Tick {
    const NAME: &'static str = "tick";
    const AUDIENCE: Audience = Audience::Everyone;
    type Payload = TickPayload;
}

/// Payload of [`Tick`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TickPayload {
    /// The Gateway's clock, milliseconds since the epoch.
    pub ts: u64,
}
