//! `chat.send`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, RunId, SessionId, SessionKey};
use crate::methods::agent::run::RunStatus;
use crate::methods::chat::attachment::Attachment;
use crate::methods::chat::mention::Mention;
use crate::methods::chat::provenance::InputProvenance;
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;
use crate::methods::sessions::permission::{PermissionMode, ToolOverrides};
use crate::methods::switch::FastMode;
use crate::{Access, Method, Scope};

/// Says something in a session and starts a run; the rest comes as `chat` and `agent` events.
///
/// A stop word (`/stop`, or exactly `stop`, `esc`, `abort`, `wait`, `exit`, `interrupt`) ends all
/// runs of the session instead.
/// Shape: `{sessionKey, message, idempotencyKey, …}` → `{runId, status}`, or `{ok, aborted,
/// runIds}` for a stop word.
/// Units: `timeoutMs` in milliseconds.
/// Errors: `INVALID_REQUEST` `message or attachment required`, `send blocked by session policy`,
/// attachments that cannot be read.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum ChatSend {}

impl Method for ChatSend {
    const NAME: &'static str = "chat.send";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = ChatSendParams;
    type Result = ChatSendResult;
}

/// Params of [`ChatSend`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatSendParams {
    /// The session, at most 512 characters.
    pub session_key: SessionKey,
    /// Its agent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Its transcript. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// What is said.
    pub message: String,
    /// People named in it, at most 10. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Vec<Mention>>,
    /// What the person is looking at. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_context: Option<WorkContext>,
    /// Whether it sets a goal. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<GoalIntent>,
    /// How much the model thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// Whether the faster variant is used. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fast_mode: Option<FastMode>,
    /// How long it is fast with `auto`, seconds. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fast_auto_on_seconds: Option<u64>,
    /// What becomes of it while a run is going on. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_mode: Option<QueueMode>,
    /// Whether the answer is sent to a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<bool>,
    /// The channel that it came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originating_channel: Option<String>,
    /// The address that it came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originating_to: Option<String>,
    /// The account that it came to. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originating_account_id: Option<String>,
    /// The thread that it came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originating_thread_id: Option<String>,
    /// The message that it answers. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to_id: Option<String>,
    /// Files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// What tools are bound to; passed on as it came. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_bindings: Option<Map<String, Value>>,
    /// How long the run may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Where it came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_input_provenance: Option<InputProvenance>,
    /// Proof of where it came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_provenance_receipt: Option<String>,
    /// Whether slash commands are plain text. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppress_command_interpretation: Option<bool>,
    /// Refuse if the transcript ends elsewhere; `null` for an empty one. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_leaf_entry_id: Nullable<String>,
    /// Refuse if the session is routed otherwise. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_session_routing_contract: Option<String>,
    /// Refuse if the session may do something else. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_permission_mode: Nullable<PermissionMode>,
    /// Refuse if the session has other tools. Since protocol 4.
    #[serde(default, skip_serializing_if = "Nullable::is_absent")]
    pub expected_tool_overrides: Nullable<ToolOverrides>,
    /// One run for one key; it is the run's id.
    pub idempotency_key: String,
}

impl ChatSendParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(session_key: SessionKey, message: String, idempotency_key: String) -> Self {
        Self {
            session_key,
            agent_id: None,
            session_id: None,
            message,
            mentions: None,
            work_context: None,
            intent: None,
            thinking: None,
            fast_mode: None,
            fast_auto_on_seconds: None,
            queue_mode: None,
            deliver: None,
            originating_channel: None,
            originating_to: None,
            originating_account_id: None,
            originating_thread_id: None,
            reply_to_id: None,
            attachments: None,
            tool_bindings: None,
            timeout_ms: None,
            system_input_provenance: None,
            system_provenance_receipt: None,
            suppress_command_interpretation: None,
            expected_leaf_entry_id: Nullable::Absent,
            expected_session_routing_contract: None,
            expected_permission_mode: Nullable::Absent,
            expected_tool_overrides: Nullable::Absent,
            idempotency_key,
        }
    }
}

open_record! {
    /// Result of [`ChatSend`].
    #[derive(Debug, Clone, Default, PartialEq)]
    pub struct ChatSendResult {
        /// The run.
        may run_id: RunId = "runId",
        /// How it stands: `started`, `in_flight` or `ok`.
        may status: RunStatus = "status",
        /// The message's place in the transcript, from 1. Since protocol 4.
        may message_seq: u64 = "messageSeq",
        /// True, for a stop word.
        may ok: bool = "ok",
        /// Whether a run was ended, for a stop word.
        may aborted: bool = "aborted",
        /// The runs that were ended, for a stop word.
        may run_ids: Vec<RunId> = "runIds",
    }
}

/// What becomes of a message while a run is going on. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum QueueMode {
    /// It is told to the run.
    #[serde(rename = "steer")]
    Steer,
    /// It waits for the next run.
    #[serde(rename = "followup")]
    Followup,
    /// It waits together with others.
    #[serde(rename = "collect")]
    Collect,
    /// It ends the run and starts another.
    #[serde(rename = "interrupt")]
    Interrupt,
}

/// What the person is looking at. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkContext {
    /// The page, at most 64 characters.
    pub page: String,
    /// Its title, at most 96 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The session shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Its transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The agent shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The working directory shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The file shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What is selected, at most 640 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
}

impl WorkContext {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(page: String) -> Self {
        Self {
            page,
            title: None,
            session_key: None,
            session_id: None,
            agent_id: None,
            workspace: None,
            file: None,
            selection: None,
        }
    }
}

/// A message that sets a goal for the session. Since protocol 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoalIntent {
    /// `session-goal-start`.
    pub kind: String,
    /// 1.
    pub version: u64,
    /// When, milliseconds since the epoch.
    pub issued_at_ms: u64,
}
