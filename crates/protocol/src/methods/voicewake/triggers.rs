//! The wake words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The wake words that hold now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VoiceWakeTriggers {
    /// The words; `openclaw`, `claude`, `computer` when nobody chose any.
    pub triggers: Vec<String>,
}
