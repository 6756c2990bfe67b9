//! `status`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, SessionId, SessionKey};
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// A summary for `openclaw status`: heartbeats, sessions, queued events.
///
/// Shape: `{includeChannelSummary?, includeCliProjection?}` → an open object; other params are
/// ignored.
/// Units: times in milliseconds since the epoch, ages and intervals in milliseconds.
/// Errors: none of its own.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Status {}

impl Method for Status {
    const NAME: &'static str = "status";
    const ACCESS: Access = Access::Operator(Scope::Read);
    type Params = StatusParams;
    type Result = StatusResult;
}

/// Params of [`Status`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusParams {
    /// `false` leaves `channelSummary` empty. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_channel_summary: Option<bool>,
    /// More for the command line. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_cli_projection: Option<bool>,
}

open_record! {
    /// Result of [`Status`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct StatusResult {
        /// Version of the Gateway. Since protocol 4.
        may runtime_version: String = "runtimeVersion",
        /// Who wakes up by itself.
        must heartbeat: StatusHeartbeat = "heartbeat",
        /// One line or block of lines per channel.
        must channel_summary: Vec<Value> = "channelSummary",
        /// System events that wait for the next run.
        must queued_system_events: Vec<Value> = "queuedSystemEvents",
        /// Sessions.
        must sessions: StatusSessions = "sessions",
    }
}

impl StatusResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        heartbeat: StatusHeartbeat,
        channel_summary: Vec<Value>,
        queued_system_events: Vec<Value>,
        sessions: StatusSessions,
    ) -> Self {
        Self {
            runtime_version: None,
            heartbeat,
            channel_summary,
            queued_system_events,
            sessions,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// `heartbeat` of a status: which agents wake up by themselves.
    #[derive(Debug, Clone, PartialEq)]
    pub struct StatusHeartbeat {
        /// The agent that answers when none is named.
        must default_agent_id: AgentId = "defaultAgentId",
        /// One row per agent.
        must agents: Vec<HeartbeatAgent> = "agents",
    }
}

impl StatusHeartbeat {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(default_agent_id: AgentId, agents: Vec<HeartbeatAgent>) -> Self {
        Self {
            default_agent_id,
            agents,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// The heartbeat of one agent.
    #[derive(Debug, Clone, PartialEq)]
    pub struct HeartbeatAgent {
        /// The agent.
        must agent_id: AgentId = "agentId",
        /// Whether it wakes up.
        must enabled: bool = "enabled",
        /// The interval as configured, `30m` for example.
        must every: String = "every",
        /// The interval in milliseconds; `null` when switched off.
        null every_ms: u64 = "everyMs",
        /// Whether nobody can be told yet. Since protocol 4.
        may waiting_for_route: bool = "waitingForRoute",
    }
}

impl HeartbeatAgent {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(agent_id: AgentId, enabled: bool, every: String) -> Self {
        Self {
            agent_id,
            enabled,
            every,
            every_ms: Nullable::Absent,
            waiting_for_route: None,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// `sessions` of a status.
    #[derive(Debug, Clone, PartialEq)]
    pub struct StatusSessions {
        /// Where the sessions are kept.
        must paths: Vec<String> = "paths",
        /// How many there are.
        must count: u64 = "count",
        /// What a session uses when it says nothing itself: `model`, `contextTokens`.
        must defaults: Map<String, Value> = "defaults",
        /// The latest ten.
        must recent: Vec<StatusSession> = "recent",
        /// The same for each agent.
        must by_agent: Vec<StatusAgentSessions> = "byAgent",
    }
}

impl StatusSessions {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        paths: Vec<String>,
        count: u64,
        defaults: Map<String, Value>,
        recent: Vec<StatusSession>,
        by_agent: Vec<StatusAgentSessions>,
    ) -> Self {
        Self {
            paths,
            count,
            defaults,
            recent,
            by_agent,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// Sessions of one agent.
    #[derive(Debug, Clone, PartialEq)]
    pub struct StatusAgentSessions {
        /// The agent.
        must agent_id: AgentId = "agentId",
        /// Where its sessions are kept.
        must path: String = "path",
        /// How many there are.
        must count: u64 = "count",
        /// The latest ten.
        must recent: Vec<StatusSession> = "recent",
    }
}

impl StatusAgentSessions {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(agent_id: AgentId, path: String, count: u64, recent: Vec<StatusSession>) -> Self {
        Self {
            agent_id,
            path,
            count,
            recent,
            rest: Map::new(),
        }
    }
}

open_record! {
    /// One session in a status.
    #[derive(Debug, Clone, PartialEq)]
    pub struct StatusSession {
        /// The agent.
        may agent_id: AgentId = "agentId",
        /// The session.
        must key: SessionKey = "key",
        /// `direct`, `group`, `global` or `unknown`.
        must kind: String = "kind",
        /// The transcript.
        may session_id: SessionId = "sessionId",
        /// Last change, milliseconds since the epoch.
        null updated_at: u64 = "updatedAt",
        /// Time since then, milliseconds.
        null age: u64 = "age",
        /// How much of the tools is shown.
        may verbose_level: String = "verboseLevel",
        /// Whether the system prompt is in the transcript.
        may system_sent: bool = "systemSent",
        /// Whether the last run was cut short.
        may aborted_last_run: bool = "abortedLastRun",
        /// Tokens in the context after the last run.
        null total_tokens: u64 = "totalTokens",
        /// Tokens left.
        null remaining_tokens: u64 = "remainingTokens",
        /// Share of the context that is used, in percent.
        null percent_used: u64 = "percentUsed",
        /// The model.
        null model: String = "model",
        /// Size of the context.
        null context_tokens: u64 = "contextTokens",
        /// Settings as words for a person.
        may flags: Vec<String> = "flags",
    }
}

impl StatusSession {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey, kind: String) -> Self {
        Self {
            agent_id: None,
            key,
            kind,
            session_id: None,
            updated_at: Nullable::Absent,
            age: Nullable::Absent,
            verbose_level: None,
            system_sent: None,
            aborted_last_run: None,
            total_tokens: Nullable::Absent,
            remaining_tokens: Nullable::Absent,
            percent_used: Nullable::Absent,
            model: Nullable::Absent,
            context_tokens: Nullable::Absent,
            flags: None,
            rest: Map::new(),
        }
    }
}
