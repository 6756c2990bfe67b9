//! What comes in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that came in. Kept on disk as JSON until it is dealt with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inbound {
    /// The service's id of it, the same whenever it comes again.
    pub update_id: String,
    /// When it was sent, in milliseconds since 1970, by the service's clock.
    pub at_ms: u64,
    /// Where.
    pub chat: Chat,
    /// By whom.
    pub sender: Sender,
    /// The message's id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// What.
    pub content: Content,
    /// We are meant: named, answered, or written to directly.
    pub is_for_us: bool,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<Quoted>,
    /// What we are called there, without `@`: commands may name another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub our_names: Vec<String>,
}

/// What people say is private: only ids show.
impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("update_id", &self.update_id)
            .field("chat", &self.chat.id)
            .field("sender", &self.sender.id)
            .finish_non_exhaustive()
    }
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// Its id there.
    pub id: String,
    /// How many take part.
    pub kind: ChatKind,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The part of it: a topic of a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
}

/// How many take part in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChatKind {
    /// One person and us.
    Direct,
    /// Several people.
    Group,
    /// Few who write and many who read.
    Broadcast,
}

/// Who wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    /// The id there.
    pub id: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the account there, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// A program wrote.
    #[serde(default)]
    pub is_bot: bool,
}

/// What was done.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Content {
    /// Something was said.
    #[serde(rename_all = "camelCase")]
    Message {
        /// The text; may be empty if there are files.
        text: String,
        /// Files, to be fetched.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        media: Vec<MediaRef>,
    },
    /// A button was pressed.
    #[serde(rename_all = "camelCase")]
    Press {
        /// The id of the press, for an acknowledgement.
        press_id: String,
        /// What the button stands for.
        data: String,
    },
}

/// What people say is private.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { text, media } => {
                write!(f, "Message({} bytes, {} files)", text.len(), media.len())
            }
            Self::Press { data, .. } => write!(f, "Press({} bytes)", data.len()),
        }
    }
}

/// A file that came in, to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaRef {
    /// The channel's own id of it.
    pub id: String,
    /// What it is.
    pub kind: MediaKind,
    /// Its type, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// Its size, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// Music.
    Audio,
    /// Something spoken.
    Voice,
    /// A sticker.
    Sticker,
    /// Anything else.
    File,
}

impl MediaKind {
    /// In one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Sticker => "sticker",
            Self::File => "file",
        }
    }
}

/// A message that is answered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quoted {
    /// Its id.
    pub message_id: String,
    /// Who wrote it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// We wrote it.
    #[serde(default)]
    pub is_ours: bool,
}

/// What people say is private: only the id shows.
impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quoted")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}
