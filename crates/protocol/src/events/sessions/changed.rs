//! `sessions.changed`

use crate::id::{AgentId, RunId, SessionId, SessionKey};
use crate::methods::open_record::open_record;
use crate::methods::sessions::row::SessionRow;
use crate::{Audience, Event, Generation, Scope};

/// Sessions came, went or changed. Only for those who called `sessions.subscribe`.
///
/// An event without `sessionKey` means: ask `sessions.list` again. The session's row is in
/// `session`, and its members stand beside these too.
/// Units: `ts` in milliseconds since the epoch.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum SessionsChanged {}

impl Event for SessionsChanged {
    const NAME: &'static str = "sessions.changed";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    const SINCE: Generation = Generation::V4;
    const DROP_IF_SLOW: bool = true;
    type Payload = SessionsChangedPayload;
}

open_record! {
    /// Payload of [`SessionsChanged`].
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct SessionsChangedPayload {
        /// The session.
        may session_key: SessionKey = "sessionKey",
        /// Its agent.
        may agent_id: AgentId = "agentId",
        /// The transcript that went, for `delete`.
        may session_id: SessionId = "sessionId",
        /// Why: `create`, `patch`, `delete`, `send`, ….
        may reason: String = "reason",
        /// What a run does: `start`, `end`, `message`, ….
        may phase: String = "phase",
        /// The run.
        may run_id: RunId = "runId",
        /// When.
        may ts: u64 = "ts",
        /// The message that came.
        may message_id: String = "messageId",
        /// Its place in the transcript, from 1.
        may message_seq: u64 = "messageSeq",
        /// Whether models or accounts changed, too.
        may catalog_changed: bool = "catalogChanged",
        /// The session afterwards.
        may session: SessionRow = "session",
        /// The sessions above it afterwards.
        may ancestor_sessions: Vec<SessionRow> = "ancestorSessions",
    }
}
