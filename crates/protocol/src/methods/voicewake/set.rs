//! `voicewake.set`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::methods::voicewake::triggers::VoiceWakeTriggers;
use crate::{Access, Method, Scope};

/// Sets the wake words and tells everybody by `voicewake.changed`.
///
/// Words are trimmed and empty ones dropped; no words at all means the default ones.
/// Shape: `{triggers}` → `{triggers}`; other params are ignored.
/// Units: none.
/// Errors: `INVALID_REQUEST` `voicewake.set requires triggers: string[]`.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum VoicewakeSet {}

impl Method for VoicewakeSet {
    const NAME: &'static str = "voicewake.set";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = VoicewakeSetParams;
    type Result = VoiceWakeTriggers;
}

/// Params of [`VoicewakeSet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VoicewakeSetParams {
    /// The words.
    pub triggers: Vec<String>,
}
