//! `session.message`

use serde_json::Map;

use crate::id::{AgentId, RunId, SessionKey};
use crate::methods::chat::message::ChatMessage;
use crate::methods::open_record::open_record;
use crate::methods::sessions::row::SessionRow;
use crate::{Audience, Event, Generation, Scope};

/// A message was added to a transcript. For those who called `sessions.messages.subscribe` or
/// `sessions.subscribe`.
///
/// Units: none.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionMessage {}

impl Event for SessionMessage {
    const NAME: &'static str = "session.message";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    type Payload = SessionMessagePayload;
}

open_record! {
    /// Payload of [`SessionMessage`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionMessagePayload {
        /// The session.
        must session_key: SessionKey = "sessionKey",
        /// Its agent.
        may agent_id: AgentId = "agentId",
        /// The message.
        must message: ChatMessage = "message",
        /// Its id.
        may message_id: String = "messageId",
        /// Its place in the transcript, from 1.
        may message_seq: u64 = "messageSeq",
        /// The run that it belongs to.
        may run_id: RunId = "runId",
        /// The session afterwards.
        may session: SessionRow = "session",
        /// The sessions above it afterwards.
        may ancestor_sessions: Vec<SessionRow> = "ancestorSessions",
    }
}

impl SessionMessagePayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(session_key: SessionKey, message: ChatMessage) -> Self {
        Self {
            session_key,
            agent_id: None,
            message,
            message_id: None,
            message_seq: None,
            run_id: None,
            session: None,
            ancestor_sessions: None,
            rest: Map::new(),
        }
    }
}
