//! `session.tool`

use crate::events::agent::AgentPayload;
use crate::{Audience, Event, Generation, Scope};

/// A tool started, went on or ended, for those who called `sessions.subscribe`: the `agent` event
/// again.
///
/// Units: as there.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionTool {}

impl Event for SessionTool {
    const NAME: &'static str = "session.tool";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = AgentPayload;
}
