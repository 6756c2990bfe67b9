//! `chat.metadata.changed`

use crate::events::none::NoPayload;
use crate::{Audience, Event, Generation, Scope};

/// What chat clients may choose from has changed: ask `chat.metadata` again.
///
/// Shape: `{}`. Units: none.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum ChatMetadataChanged {}

impl Event for ChatMetadataChanged {
    const NAME: &'static str = "chat.metadata.changed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = NoPayload;
}
