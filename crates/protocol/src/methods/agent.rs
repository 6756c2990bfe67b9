//! `agent`

pub mod identity;
pub mod run;
pub mod wait;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, RunId, SessionId, SessionKey};
use crate::methods::agent::run::RunStatus;
use crate::methods::chat::attachment::Attachment;
use crate::methods::chat::provenance::InputProvenance;
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Runs an agent once and waits for its answer.
///
/// Two responses carry the same id: first `status: "accepted"`, then the end. Who waits for the end
/// keeps the request open while `status` is `accepted`.
/// Shape: `{message, idempotencyKey, …}` → `{runId, status, acceptedAt}`, then `{runId, status,
/// summary, result}`.
/// Units: `timeout` in seconds; `acceptedAt` in milliseconds since the epoch.
/// Errors: `INVALID_REQUEST` for an unknown channel, an unknown agent or a session of another
/// agent; `UNAVAILABLE` when the run fails, with `{runId, status: "error", summary}` as payload.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Agent {}

impl Method for Agent {
    const NAME: &'static str = "agent";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = AgentParams;
    type Result = AgentResult;

    /// Starting a session anew with `/new` or `/reset` takes `operator.admin`.
    fn stricter_access(params: &AgentParams) -> Option<Access> {
        let word = params
            .message
            .strip_prefix('/')?
            .split(char::is_whitespace)
            .next()?;
        let resets = word.eq_ignore_ascii_case("new") || word.eq_ignore_ascii_case("reset");
        resets.then_some(Access::Operator(Scope::Admin))
    }
}

/// Params of [`Agent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentParams {
    /// What is said to the agent; not empty.
    pub message: String,
    /// Which agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Another model provider for this run. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Another model for this run. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Address of the person, to find the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Address that gets the answer instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Refuse if the session has another transcript. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_existing_session_id: Option<SessionId>,
    /// How much the model thinks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<String>,
    /// Whether the answer is sent to a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<bool>,
    /// Files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// The channel of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The channel that gets the answer instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_channel: Option<String>,
    /// The account of that channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The account that sends the answer instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_account_id: Option<String>,
    /// The thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// The room of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_channel: Option<String>,
    /// The space of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_space: Option<String>,
    /// How long the run may take, seconds; 0 means as long as it likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Whether the run counts even if the answer cannot be sent. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_effort_deliver: Option<bool>,
    /// The queue to run in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
    /// Working directory. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Whether bundled MCP servers end with the run. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleanup_bundle_mcp_on_run_end: Option<bool>,
    /// Whether only the model is asked, without tools. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_run: Option<bool>,
    /// How much of the system prompt there is. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_mode: Option<PromptMode>,
    /// More for the system prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_system_prompt: Option<String>,
    /// How much context there is. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_context_mode: Option<BootstrapMode>,
    /// What the run is for. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_context_run_kind: Option<BootstrapKind>,
    /// `manual_spawn`. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acp_turn_source: Option<String>,
    /// Between parts of the Gateway. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_runtime_handoff_id: Option<String>,
    /// Between parts of the Gateway. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_execution_identity_retry: Option<bool>,
    /// Between parts of the Gateway. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_execution_identity_recovery_attempt: Option<u64>,
    /// After an exec approval. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec_approval_followup_expected_session_id: Option<SessionId>,
    /// What tasks of this session came to; passed on as it came. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internal_events: Option<Vec<Value>>,
    /// Where the message came from. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_provenance: Option<InputProvenance>,
    /// Whether the message stays out of the transcript. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppress_prompt_persistence: Option<bool>,
    /// Whether the run shows in its session. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_effects: Option<SessionEffects>,
    /// How the answer reaches the person. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_reply_delivery_mode: Option<ReplyDeliveryMode>,
    /// Whether the agent must not send messages. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_message_tool: Option<bool>,
    /// Whether it gathers what others found. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swarm_collector: Option<bool>,
    /// JSON Schema of what it gathers. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swarm_output_schema: Option<Map<String, Value>>,
    /// Only tools that survive a restart. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force_restart_safe_tools: Option<bool>,
    /// Tools by code only. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force_code_mode_tools: Option<bool>,
    /// The wake word that was heard. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice_wake_trigger: Option<String>,
    /// One run for one key; it is the run's id.
    pub idempotency_key: String,
    /// Name for the session; at most 64 characters in protocol 3, 512 in protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The session that made this one. Protocol 3 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<SessionKey>,
}

impl AgentParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(message: String, idempotency_key: String) -> Self {
        Self {
            message,
            agent_id: None,
            provider: None,
            model: None,
            to: None,
            reply_to: None,
            session_id: None,
            session_key: None,
            expected_existing_session_id: None,
            thinking: None,
            deliver: None,
            attachments: None,
            channel: None,
            reply_channel: None,
            account_id: None,
            reply_account_id: None,
            thread_id: None,
            group_id: None,
            group_channel: None,
            group_space: None,
            timeout: None,
            best_effort_deliver: None,
            lane: None,
            cwd: None,
            cleanup_bundle_mcp_on_run_end: None,
            model_run: None,
            prompt_mode: None,
            extra_system_prompt: None,
            bootstrap_context_mode: None,
            bootstrap_context_run_kind: None,
            acp_turn_source: None,
            internal_runtime_handoff_id: None,
            internal_execution_identity_retry: None,
            internal_execution_identity_recovery_attempt: None,
            exec_approval_followup_expected_session_id: None,
            internal_events: None,
            input_provenance: None,
            suppress_prompt_persistence: None,
            session_effects: None,
            source_reply_delivery_mode: None,
            disable_message_tool: None,
            swarm_collector: None,
            swarm_output_schema: None,
            force_restart_safe_tools: None,
            force_code_mode_tools: None,
            voice_wake_trigger: None,
            idempotency_key,
            label: None,
            spawned_by: None,
        }
    }
}

open_record! {
    /// Result of [`Agent`].
    #[derive(Debug, Clone, PartialEq)]
    pub struct AgentResult {
        /// The run.
        must run_id: RunId = "runId",
        /// How it stands.
        must status: RunStatus = "status",
        /// When it was accepted.
        may accepted_at: u64 = "acceptedAt",
        /// Its session. Since protocol 4.
        may session_key: SessionKey = "sessionKey",
        /// Its agent. Since protocol 4.
        may agent_id: AgentId = "agentId",
        /// `completed`, or what went wrong.
        may summary: String = "summary",
        /// `{payloads: [{text, mediaUrl}], meta}`.
        may result: Value = "result",
    }
}

impl AgentResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(run_id: RunId, status: RunStatus) -> Self {
        Self {
            run_id,
            status,
            accepted_at: None,
            session_key: None,
            agent_id: None,
            summary: None,
            result: None,
            rest: Map::new(),
        }
    }
}

/// How much of the system prompt a run gets. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PromptMode {
    /// All of it.
    #[serde(rename = "full")]
    Full,
    /// The least.
    #[serde(rename = "minimal")]
    Minimal,
    /// None of it.
    #[serde(rename = "none")]
    None,
}

/// How much context a run starts with. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BootstrapMode {
    /// All of it.
    #[serde(rename = "full")]
    Full,
    /// The least.
    #[serde(rename = "lightweight")]
    Lightweight,
}

/// What a run is for. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BootstrapKind {
    /// A conversation.
    #[serde(rename = "default")]
    Default,
    /// A heartbeat.
    #[serde(rename = "heartbeat")]
    Heartbeat,
    /// A scheduled job.
    #[serde(rename = "cron")]
    Cron,
}

/// Whether a run shows in its session. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SessionEffects {
    /// It does.
    #[serde(rename = "visible")]
    Visible,
    /// It does not.
    #[serde(rename = "internal")]
    Internal,
}

/// How the answer reaches the person. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReplyDeliveryMode {
    /// By itself.
    #[serde(rename = "automatic")]
    Automatic,
    /// Only if the agent sends it.
    #[serde(rename = "message_tool_only")]
    MessageToolOnly,
}

#[cfg(test)]
mod tests {
    use super::{Agent, AgentParams};
    use crate::Method;

    fn is_stricter(message: &str) -> bool {
        let params = AgentParams::new(message.to_owned(), "k".to_owned());
        Agent::stricter_access(&params).is_some()
    }

    #[test]
    fn resetting_a_session_takes_admin() {
        for message in ["/new", "/NEW", "/reset", "/reset now", "/new\nhello"] {
            assert!(is_stricter(message), "{message:?}");
        }
        for message in ["hello", "new", "/news", " /new", "/status", "/", ""] {
            assert!(!is_stricter(message), "{message:?}");
        }
    }
}
