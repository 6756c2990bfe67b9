//! One session in a list.

use serde_json::{Map, Value};

use crate::id::{AgentId, SessionId, SessionKey};
use crate::methods::nullable::Nullable;
use crate::methods::open_record::open_record;

open_record! {
    /// One session. Members that are not listed here are kept in `rest`; both generations have
    /// many.
    #[derive(Debug, Clone, PartialEq)]
    pub struct SessionRow {
        /// The session.
        must key: SessionKey = "key",
        /// `direct`, `group`, `global` or `unknown`.
        may kind: String = "kind",
        /// Its transcript.
        may session_id: SessionId = "sessionId",
        /// Its agent. Since protocol 4.
        may agent_id: AgentId = "agentId",
        /// Last change, milliseconds since the epoch.
        null updated_at: u64 = "updatedAt",
        /// Name given by a person.
        may label: String = "label",
        /// Name from the channel.
        may display_name: String = "displayName",
        /// Title taken from what was said first.
        may derived_title: String = "derivedTitle",
        /// How the last message begins.
        may last_message_preview: String = "lastMessagePreview",
        /// The channel of a group.
        may channel: String = "channel",
        /// The subject of a group.
        may subject: String = "subject",
        /// The room of a group.
        may room: String = "room",
        /// The space of a group.
        may space: String = "space",
        /// `direct`, `group` or `channel`.
        may chat_type: String = "chatType",
        /// Whether the system prompt is in the transcript.
        may system_sent: bool = "systemSent",
        /// Whether the last run was cut short.
        may aborted_last_run: bool = "abortedLastRun",
        /// How much the model thinks.
        may thinking_level: String = "thinkingLevel",
        /// How much of the tools is shown.
        may verbose_level: String = "verboseLevel",
        /// How much of the thinking is shown.
        may reasoning_level: String = "reasoningLevel",
        /// Whether commands run with more rights.
        may elevated_level: String = "elevatedLevel",
        /// `allow` or `deny`.
        may send_policy: String = "sendPolicy",
        /// `mention` or `always`.
        may group_activation: String = "groupActivation",
        /// Whether usage is shown below answers.
        may response_usage: String = "responseUsage",
        /// Tokens read by the last run.
        may input_tokens: u64 = "inputTokens",
        /// Tokens written by the last run.
        may output_tokens: u64 = "outputTokens",
        /// Tokens in the context after the last run.
        null total_tokens: u64 = "totalTokens",
        /// Provider of its model.
        may model_provider: String = "modelProvider",
        /// Its model.
        may model: String = "model",
        /// Size of the context.
        may context_tokens: u64 = "contextTokens",
        /// Where its answers go: `{channel?, to?, accountId?, threadId?}`.
        may delivery_context: Value = "deliveryContext",
        /// Channel of the last message.
        may last_channel: String = "lastChannel",
        /// Address of the last message.
        may last_to: String = "lastTo",
        /// Account of the last message.
        may last_account_id: String = "lastAccountId",
        /// The session that made this one.
        may spawned_by: SessionKey = "spawnedBy",
        /// The session that it belongs under. Since protocol 4.
        may parent_session_key: SessionKey = "parentSessionKey",
        /// Whether it is the main session of its agent. Since protocol 4.
        may is_main: bool = "isMain",
        /// Whether it is put away. Since protocol 4.
        may archived: bool = "archived",
        /// Whether it stays on top. Since protocol 4.
        may pinned: bool = "pinned",
        /// Whether there is something new. Since protocol 4.
        may unread: bool = "unread",
        /// When it was made, milliseconds since the epoch. Since protocol 4.
        may created_at: u64 = "createdAt",
        /// Last input of a person, milliseconds since the epoch. Since protocol 4.
        may last_interaction_at: u64 = "lastInteractionAt",
        /// End of the last run, milliseconds since the epoch. Since protocol 4.
        null last_activity_at: u64 = "lastActivityAt",
        /// `queued`, `running`, `done`, `failed`, `killed` or `timeout`. Since protocol 4.
        may status: String = "status",
        /// Whether a run is going on. Since protocol 4.
        may has_active_run: bool = "hasActiveRun",
    }
}

impl SessionRow {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            kind: None,
            session_id: None,
            agent_id: None,
            updated_at: Nullable::Absent,
            label: None,
            display_name: None,
            derived_title: None,
            last_message_preview: None,
            channel: None,
            subject: None,
            room: None,
            space: None,
            chat_type: None,
            system_sent: None,
            aborted_last_run: None,
            thinking_level: None,
            verbose_level: None,
            reasoning_level: None,
            elevated_level: None,
            send_policy: None,
            group_activation: None,
            response_usage: None,
            input_tokens: None,
            output_tokens: None,
            total_tokens: Nullable::Absent,
            model_provider: None,
            model: None,
            context_tokens: None,
            delivery_context: None,
            last_channel: None,
            last_to: None,
            last_account_id: None,
            spawned_by: None,
            parent_session_key: None,
            is_main: None,
            archived: None,
            pinned: None,
            unread: None,
            created_at: None,
            last_interaction_at: None,
            last_activity_at: Nullable::Absent,
            status: None,
            has_active_run: None,
            rest: Map::new(),
        }
    }
}
