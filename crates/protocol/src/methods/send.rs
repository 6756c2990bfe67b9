//! `send`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, RunId, SessionKey};
use crate::methods::open_record::open_record;
use crate::{Access, Method, Scope};

/// Sends a message through a channel.
///
/// A repeat with the same key answers the same and sends nothing. The text is also written into the
/// transcript of the session.
/// Shape: `{to, message, idempotencyKey, …}` → `{runId, messageId, channel, …}`.
/// Units: none.
/// Errors: `INVALID_REQUEST` `unsupported channel: <channel>`, an address that makes no sense;
/// `UNAVAILABLE` when it cannot be delivered.
/// Source: observed on 2026.2.6-3 and 2026.9.6.
#[derive(Debug)]
pub enum Send {}

impl Method for Send {
    const NAME: &'static str = "send";
    const ACCESS: Access = Access::Operator(Scope::Write);
    type Params = SendParams;
    type Result = SendResult;
}

/// Params of [`Send`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendParams {
    /// The address.
    pub to: String,
    /// The text. Required in protocol 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A file to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_url: Option<String>,
    /// Files to send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_urls: Option<Vec<String>>,
    /// A file to send, base64. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffer: Option<String>,
    /// Its name. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Its media type. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Whether sound is sent as a voice message. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_voice: Option<bool>,
    /// Whether a video plays like a GIF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gif_playback: Option<bool>,
    /// The channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The account that sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The agent that sends. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The message that it answers. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to_id: Option<String>,
    /// The thread. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// Whether pictures are sent as files. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force_document: Option<bool>,
    /// Whether nobody is disturbed. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<bool>,
    /// How the text is marked up. Since protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parse_mode: Option<ParseMode>,
    /// The session that gets the text in its transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// One message for one key.
    pub idempotency_key: String,
}

impl SendParams {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(to: String, idempotency_key: String) -> Self {
        Self {
            to,
            message: None,
            media_url: None,
            media_urls: None,
            buffer: None,
            filename: None,
            content_type: None,
            as_voice: None,
            gif_playback: None,
            channel: None,
            account_id: None,
            agent_id: None,
            reply_to_id: None,
            thread_id: None,
            force_document: None,
            silent: None,
            parse_mode: None,
            session_key: None,
            idempotency_key,
        }
    }
}

/// How the text of a message is marked up. Since protocol 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ParseMode {
    /// A few HTML tags.
    #[serde(rename = "HTML")]
    Html,
}

open_record! {
    /// What became of a message: result of [`Send`] and of `poll`. Which ids there are depends on
    /// the channel.
    #[derive(Debug, Clone, PartialEq)]
    pub struct SendResult {
        /// The idempotency key.
        must run_id: RunId = "runId",
        /// The message.
        must message_id: String = "messageId",
        /// The channel.
        must channel: String = "channel",
        /// The chat.
        may chat_id: Value = "chatId",
        /// The room.
        may channel_id: String = "channelId",
        /// The address.
        may to_jid: String = "toJid",
        /// The conversation.
        may conversation_id: String = "conversationId",
        /// The poll.
        may poll_id: String = "pollId",
    }
}

impl SendResult {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(run_id: RunId, message_id: String, channel: String) -> Self {
        Self {
            run_id,
            message_id,
            channel,
            chat_id: None,
            channel_id: None,
            to_jid: None,
            conversation_id: None,
            poll_id: None,
            rest: Map::new(),
        }
    }
}
