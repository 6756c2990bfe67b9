//! `chat`

pub mod metadata;

use serde_json::{Map, Value};

use crate::id::{AgentId, RunId, SessionKey};
use crate::methods::chat::message::ChatMessage;
use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;
use crate::{Audience, Event, Scope};

/// A run as a chat client shows it.
///
/// `seq` repeats the `agent` event behind it. Deltas carry the whole text so far, and in protocol 4
/// also what is new; there is at most one per 150 ms and run.
/// Units: none.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Chat {}

impl Event for Chat {
    const NAME: &'static str = "chat";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    type Payload = ChatPayload;
}

open_record! {
    /// Payload of [`Chat`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChatPayload {
        /// The run.
        must run_id: RunId = "runId",
        /// The session.
        must session_key: SessionKey = "sessionKey",
        /// The agent. Since protocol 4.
        may agent_id: AgentId = "agentId",
        /// The session that made this one. Since protocol 4.
        may spawned_by: SessionKey = "spawnedBy",
        /// The place of the event behind it.
        must seq: u64 = "seq",
        /// What is said.
        must state: ChatState = "state",
        /// How far the run is. Since protocol 4.
        may phase: String = "phase",
        /// The message so far; absent when there is no text.
        may message: ChatMessage = "message",
        /// What is new. Since protocol 4.
        may delta_text: String = "deltaText",
        /// Whether `deltaText` replaces all that was said. Since protocol 4.
        may replace: bool = "replace",
        /// Tokens used.
        may usage: Value = "usage",
        /// Why it ended: `rpc`, `stop`, `timeout`, ….
        may stop_reason: String = "stopReason",
        /// Whether another run goes on with it. Since protocol 4.
        may yielded: bool = "yielded",
        /// What went wrong.
        may error_message: String = "errorMessage",
        /// Which kind of thing: `refusal`, `timeout`, `rate_limit`, …. Since protocol 4.
        may error_kind: String = "errorKind",
        /// What the provider said. Since protocol 4.
        may error_detail: Value = "errorDetail",
    }
}

impl ChatPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(run_id: RunId, session_key: SessionKey, seq: u64, state: ChatState) -> Self {
        Self {
            run_id,
            session_key,
            agent_id: None,
            spawned_by: None,
            seq,
            state,
            phase: None,
            message: None,
            delta_text: None,
            replace: None,
            usage: None,
            stop_reason: None,
            yielded: None,
            error_message: None,
            error_kind: None,
            error_detail: None,
            rest: Map::new(),
        }
    }
}

open_enum! {
    /// What a chat event says.
    pub enum ChatState {
        /// How far the run is before the model starts. Since protocol 4.
        Status = "status",
        /// The assistant has said more.
        Delta = "delta",
        /// The run is done.
        Final = "final",
        /// The run was cut short.
        Aborted = "aborted",
        /// The run failed.
        Error = "error",
    }
}
