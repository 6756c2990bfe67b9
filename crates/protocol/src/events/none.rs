//! Events that say nothing but that they happened.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Payload of an event that carries nothing: `{}`. What a newer Gateway adds is ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoPayload {}
