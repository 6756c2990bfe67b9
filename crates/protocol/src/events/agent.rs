//! `agent`

use serde_json::{Map, Value};

use crate::id::{AgentId, RunId, SessionId, SessionKey};
use crate::methods::open_record::open_record;
use crate::open_enum::open_enum;
use crate::{Audience, Event, Scope};

/// One step of an agent run.
///
/// `seq` counts per run from 1; held-back tool events leave holes. In protocol 4 tool events also
/// carry the session's row, its members beside these.
/// Units: `ts` in milliseconds since the epoch.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Agent {}

impl Event for Agent {
    const NAME: &'static str = "agent";
    const AUDIENCE: Audience = Audience::Operators(Scope::Read);
    type Payload = AgentPayload;
}

open_record! {
    /// Payload of [`Agent`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct AgentPayload {
        /// The run.
        must run_id: RunId = "runId",
        /// Its place in the run.
        must seq: u64 = "seq",
        /// What kind of thing happened.
        must stream: AgentStream = "stream",
        /// When.
        must ts: u64 = "ts",
        /// The session.
        may session_key: SessionKey = "sessionKey",
        /// The transcript. Since protocol 4.
        may session_id: SessionId = "sessionId",
        /// The agent. Since protocol 4.
        may agent_id: AgentId = "agentId",
        /// Whether the agent woke up by itself. Since protocol 4.
        may is_heartbeat: bool = "isHeartbeat",
        /// The queue that it ran in. Since protocol 4.
        may lane: String = "lane",
        /// The session that made this one. Since protocol 4.
        may spawned_by: SessionKey = "spawnedBy",
        /// What happened; depends on the stream.
        must data: Map<String, Value> = "data",
        /// The session's row, see `sessions.list`. Since protocol 4.
        may session: Value = "session",
    }
}

impl AgentPayload {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        run_id: RunId,
        seq: u64,
        stream: AgentStream,
        ts: u64,
        data: Map<String, Value>,
    ) -> Self {
        Self {
            run_id,
            seq,
            stream,
            ts,
            session_key: None,
            session_id: None,
            agent_id: None,
            is_heartbeat: None,
            lane: None,
            spawned_by: None,
            data,
            session: None,
            rest: Map::new(),
        }
    }
}

open_enum! {
    /// What kind of thing happened in a run.
    pub enum AgentStream {
        /// It began, changed its model, ended or failed.
        Lifecycle = "lifecycle",
        /// The assistant said more: `{text, delta}`.
        Assistant = "assistant",
        /// A tool started, went on or ended. Only for those who asked for tool events.
        Tool = "tool",
        /// Events were lost: `{reason: "seq gap", expected, received}`.
        Error = "error",
        /// The transcript was shortened.
        Compaction = "compaction",
        /// How far it is before the model starts. Since protocol 4.
        RunStatus = "run_status",
        /// Something a person may see, a tool in words for example. Since protocol 4.
        Item = "item",
        /// Output of a command. Since protocol 4.
        CommandOutput = "command_output",
        /// Tokens used. Since protocol 4.
        Usage = "usage",
    }
}
