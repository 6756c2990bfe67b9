//! `message.action`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::id::{AgentId, SessionId, SessionKey};
use crate::{Access, Generation, Method, Scope};

/// Does something with a message in a channel: react, edit, pin, ….
///
/// Shape: `{channel, action, params, idempotencyKey, …}` → what the channel says.
/// Units: none.
/// Errors: `INVALID_REQUEST` `Channel <channel> does not support action <action>.`, params that the
/// action refuses; `UNAVAILABLE`.
/// Source: read in 2026.9.6; not in 2026.2.6-3.
#[derive(Debug)]
pub enum MessageAction {}

impl Method for MessageAction {
    const NAME: &'static str = "message.action";
    const ACCESS: Access = Access::Operator(Scope::Write);
    const SINCE: Generation = Generation::V4;
    type Params = MessageActionParams;
    type Result = Box<RawValue>;
}

/// Params of [`MessageAction`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageActionParams {
    /// The channel.
    pub channel: String,
    /// What is to be done.
    pub action: String,
    /// With what; depends on the action.
    pub params: Map<String, Value>,
    /// Which message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ActionReply>,
    /// The account that acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The account that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester_account_id: Option<String>,
    /// The person who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester_sender_id: Option<String>,
    /// Whether that person owns the Gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_is_owner: Option<bool>,
    /// The session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Its transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// What started the turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound_turn_kind: Option<TurnKind>,
    /// The agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Where the turn came from; passed on as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_context: Option<Value>,
    /// `direct-operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_read_origin: Option<String>,
    /// One action for one key.
    pub idempotency_key: String,
}

impl MessageActionParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(
        channel: String,
        action: String,
        params: Map<String, Value>,
        idempotency_key: String,
    ) -> Self {
        Self {
            channel,
            action,
            params,
            reply: None,
            account_id: None,
            requester_account_id: None,
            requester_sender_id: None,
            sender_is_owner: None,
            session_key: None,
            session_id: None,
            inbound_turn_kind: None,
            agent_id: None,
            tool_context: None,
            conversation_read_origin: None,
            idempotency_key,
        }
    }
}

/// What started the turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TurnKind {
    /// A person asked.
    #[serde(rename = "user_request")]
    UserRequest,
    /// Something happened in a room.
    #[serde(rename = "room_event")]
    RoomEvent,
}

/// Why the action answers a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReplySource {
    /// The agent said so.
    #[serde(rename = "explicit")]
    Explicit,
    /// By rule.
    #[serde(rename = "implicit")]
    Implicit,
}

/// Which messages of a turn answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReplyMode {
    /// The first.
    #[serde(rename = "first")]
    First,
    /// All.
    #[serde(rename = "all")]
    All,
}

/// Which message the action answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionReply {
    /// The message.
    pub reply_to_id: String,
    /// Why.
    pub source: ReplySource,
    /// Which messages of the turn answer; with `implicit` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ReplyMode>,
}

impl ActionReply {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(reply_to_id: String, source: ReplySource) -> Self {
        Self {
            reply_to_id,
            source,
            mode: None,
        }
    }
}
