//! What is asked of the agent, by whom, and where the reply goes.

use std::time::Duration;

use openclaw_protocol::id::ConnId;
use openclaw_store::UpdateKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// What is asked of the agent. Kept on disk as JSON until the run ends.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunAsk {
    /// The session, as its canonical key.
    pub(crate) session_key: String,
    /// What is said.
    pub(crate) text: String,
    /// Files that come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) attachments: Vec<AskAttachment>,
    /// Who asks.
    pub(crate) origin: Origin,
    /// Who that is, where several programs ask in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// One run for one key; it is the run's id.
    pub(crate) idempotency_key: String,
    /// Where the reply is sent. `None`: it stands in the transcript and in events only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delivery: Option<DeliveryTarget>,
    /// Another model for this run, as a person may name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// How much the model thinks in this run: `off`, `low`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thinking: Option<String>,
    /// How long it may take. `None`: as the configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Duration>,
    /// More for the system prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extra_system_prompt: Option<String>,
    /// Tools that this run may use, as in `tools.allow`; what the configuration denies stays
    /// denied. `None`: all of those; an empty list: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allow_tools: Option<Vec<String>>,
    /// Somebody of a channel asks who was let in as one of everybody: such a run has the tools
    /// alone that are named for guests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_guest: bool,
    /// Tools of whoever asks, who makes their calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) client_tools: Vec<ClientTool>,
    /// The most that one answer may be, in tokens. `None`: what the model allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_tokens: Option<u64>,
    /// What slash commands of this message may do. `None`: they are text for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) commands: Option<Rights>,
    /// Whoever listens can take back text that was shown: not a stream of an HTTP client.
    #[serde(default = "yes")]
    pub(crate) may_replace_text: bool,
    /// The run looks whether there is something to do: nothing is sent if there is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeat: Option<Heartbeat>,
    /// Updates of a channel that it answers: settled together with its end.
    #[serde(skip)]
    pub(crate) answers: Vec<UpdateKey>,
    /// The connection that asks: in protocol 3 it alone hears of tools.
    #[serde(skip)]
    pub(crate) asker: Option<ConnId>,
    /// The run begins when this ends: after its acceptance was told.
    #[serde(skip)]
    pub(crate) after: Option<CancellationToken>,
}

/// What slash commands of a message may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rights {
    /// Those that act: `/stop`, `/invoke`, `/model`.
    pub(crate) write: bool,
    /// `/approve`.
    pub(crate) approve: bool,
    /// `/new`, and commands of nodes that take `operator.admin`.
    pub(crate) admin: bool,
}

#[cfg(test)]
impl Rights {
    /// Everything: the owner of the Gateway.
    pub(crate) const OWNER: Self = Self {
        write: true,
        approve: true,
        admin: true,
    };
}

const fn yes() -> bool {
    true
}

impl RunAsk {
    /// A text, with everything else as usual.
    pub(crate) fn new(
        session_key: impl Into<String>,
        text: impl Into<String>,
        origin: Origin,
        idempotency_key: impl Into<String>,
    ) -> Self {
        Self {
            session_key: session_key.into(),
            text: text.into(),
            attachments: Vec::new(),
            origin,
            subject: None,
            idempotency_key: idempotency_key.into(),
            delivery: None,
            model: None,
            thinking: None,
            timeout: None,
            extra_system_prompt: None,
            allow_tools: None,
            is_guest: false,
            client_tools: Vec::new(),
            max_tokens: None,
            commands: None,
            may_replace_text: true,
            heartbeat: None,
            answers: Vec::new(),
            asker: None,
            after: None,
        }
    }
}

/// What is said is private: only names show.
impl std::fmt::Debug for RunAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunAsk")
            .field("session_key", &self.session_key)
            .field("origin", &self.origin)
            .field("idempotency_key", &self.idempotency_key)
            .finish_non_exhaustive()
    }
}

/// A file that comes with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AskAttachment {
    /// Such as `image/jpeg`.
    pub(crate) mime_type: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file_name: Option<String>,
    /// The bytes in base64, with padding.
    pub(crate) data: String,
}

/// A tool of whoever asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClientTool {
    /// Its name.
    pub(crate) name: String,
    /// What it does.
    #[serde(default)]
    pub(crate) description: String,
    /// Its arguments, as a JSON Schema.
    pub(crate) parameters: Value,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Origin {
    /// A chat client, with `chat.send`.
    Chat {
        /// The client's id, such as `openclaw-control-ui`.
        client: String,
    },
    /// A program, with `agent`.
    Agent {
        /// The client's id, such as `cli`.
        client: String,
    },
    /// Somebody on a channel.
    #[serde(rename_all = "camelCase")]
    Channel {
        /// The channel, such as `telegram`.
        channel: String,
        /// The account of the channel.
        account: String,
        /// Who wrote, as the channel names people.
        sender: String,
        /// The names of the bot there: in groups, commands may be meant for another.
        #[serde(default)]
        bot_names: Vec<String>,
    },
    /// A scheduled job.
    #[serde(rename_all = "camelCase")]
    Cron {
        /// The job.
        job_id: String,
    },
    /// The agent wakes up by itself.
    Heartbeat,
    /// A hook of another program.
    Hook {
        /// Its name.
        name: String,
    },
    /// An HTTP client, with `/v1/…`.
    Http,
    /// Another session's agent.
    Session {
        /// That session.
        key: String,
    },
}

impl Origin {
    /// The client, channel or source in one word.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Chat { client } | Self::Agent { client } => client,
            Self::Channel { channel, .. } => channel,
            Self::Cron { .. } => "cron",
            Self::Heartbeat => "heartbeat",
            Self::Hook { .. } => "hook",
            Self::Http => "http",
            Self::Session { .. } => "session",
        }
    }
}

/// Where a reply is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryTarget {
    /// The channel, such as `telegram`.
    pub(crate) channel: String,
    /// The account of the channel, such as `default`.
    pub(crate) account: String,
    /// To whom, as the channel names it.
    pub(crate) to: String,
    /// The thread there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thread_id: Option<String>,
    /// The message that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<String>,
}

/// A run that looks whether there is something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Heartbeat {
    /// A reply of `HEARTBEAT_OK` and at most so many characters more counts as none: it is not
    /// sent, and neither it nor its question stands in the transcript.
    pub(crate) ack_max_chars: usize,
}
