//! Where events of runs go.

use std::sync::Arc;

use openclaw_protocol::Generation;
use openclaw_protocol::events::agent::{Agent, AgentPayload};
use openclaw_protocol::events::chat::{Chat, ChatPayload};
use openclaw_protocol::id::ConnId;

use crate::seam::bus::Bus;
use crate::state::hub::{Hub, publish_in, target};

/// The capability of clients that want to hear of tools.
pub(super) const TOOL_EVENTS: &str = "tool-events";

/// Who hears an `agent` event.
#[derive(Debug, Clone, Copy)]
pub(in crate::runs) enum To<'a> {
    /// Everyone who may.
    All,
    /// Those of them that asked for tool events.
    ToolWatchers,
    /// This connection alone, if it asked for tool events; without a number of its own.
    Asker(&'a ConnId),
}

/// Takes the events of a run.
pub(in crate::runs) trait Stage: Send + Sync {
    /// An `agent` event.
    fn agent(&self, generation: Generation, to: To<'_>, payload: &AgentPayload);
    /// A `chat` event.
    fn chat(&self, generation: Generation, payload: &ChatPayload);
}

/// The Gateway's own bus.
#[derive(Debug)]
pub(in crate::runs) struct BusStage {
    pub(in crate::runs) bus: Arc<dyn Bus>,
    pub(in crate::runs) hub: Arc<Hub>,
}

impl Stage for BusStage {
    fn agent(&self, generation: Generation, to: To<'_>, payload: &AgentPayload) {
        match to {
            To::All => publish_in::<Agent>(&*self.bus, generation, None, payload),
            To::ToolWatchers => {
                publish_in::<Agent>(&*self.bus, generation, Some(TOOL_EVENTS), payload);
            }
            To::Asker(id) => {
                let conn = self.hub.conn(id);
                if let Some(conn) =
                    conn.filter(|conn| conn.generation == generation && conn.has_cap(TOOL_EVENTS))
                {
                    target::<Agent>(&conn, payload);
                }
            }
        }
    }

    fn chat(&self, generation: Generation, payload: &ChatPayload) {
        publish_in::<Chat>(&*self.bus, generation, None, payload);
    }
}
