//! `voicewake.changed`

use crate::methods::voicewake::triggers::VoiceWakeTriggers;
use crate::{Audience, Event, Scope};

/// The wake words changed. A node is told right after it connects, without `seq`.
///
/// Units: none.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum VoicewakeChanged {}

impl Event for VoicewakeChanged {
    const NAME: &'static str = "voicewake.changed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const DROP_IF_SLOW: bool = true;
    type Payload = VoiceWakeTriggers;
}
