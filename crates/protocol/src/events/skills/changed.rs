//! `skills.changed`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Audience, Event, Generation, Scope};

/// The skills of the agents changed: ask `skills.status` again.
///
/// Units: none.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SkillsChanged {}

impl Event for SkillsChanged {
    const NAME: &'static str = "skills.changed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = SkillsChangedPayload;
}

/// Payload of [`SkillsChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkillsChangedPayload {
    /// Why: `watch`, `manual`, `remote-node`, `config-change`, ….
    pub reason: String,
}
