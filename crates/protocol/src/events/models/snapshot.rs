//! `models.snapshot`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::methods::models::list::ModelsListResult;
use crate::{Audience, Event, Generation};

/// The models for the scope that the client named in its `connect`.
///
/// Units: as in `models.list`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ModelsSnapshot {}

impl Event for ModelsSnapshot {
    const NAME: &'static str = "models.snapshot";
    const AUDIENCE: Audience = Audience::Target;
    const SINCE: Generation = Generation::V4;
    type Payload = ModelsSnapshotPayload;
}

/// Payload of [`ModelsSnapshot`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelsSnapshotPayload {
    /// What the client asked for.
    pub target: Value,
    /// What it was taken for: `{agentId?, sessionKey?}`.
    pub scope: Value,
    /// The answer of `models.list`.
    pub catalog: ModelsListResult,
}
