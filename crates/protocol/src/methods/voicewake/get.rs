//! `voicewake.get`

use crate::methods::common::IgnoredParams;
use crate::methods::voicewake::triggers::VoiceWakeTriggers;
use crate::{Access, Method, Scope};

/// The wake words.
///
/// Shape: any params → `{triggers}`.
/// Units: none.
/// Errors: `UNAVAILABLE` when they cannot be read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum VoicewakeGet {}

impl Method for VoicewakeGet {
    const NAME: &'static str = "voicewake.get";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = IgnoredParams;
    type Result = VoiceWakeTriggers;
}
