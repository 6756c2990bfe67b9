//! What goes out.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something to send.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outbound {
    /// The text; may be empty if there is something else.
    pub text: Text,
    /// Files.
    pub files: Vec<File>,
    /// Buttons below the text, row by row.
    pub buttons: Vec<Vec<Button>>,
    /// A question with answers to choose from.
    pub poll: Option<Poll>,
    /// Nobody is disturbed.
    pub silent: bool,
}

/// A text, and how it is marked up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "markup", content = "text", rename_all = "camelCase")]
pub enum Text {
    /// Markdown, as models write it.
    Markdown(String),
    /// The service's own markup, given by somebody who knows it.
    Native(String),
}

impl Text {
    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Markdown(text) | Self::Native(text) => text,
        }
    }

    /// Nothing is said.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.as_str().trim().is_empty()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::Markdown(String::new())
    }
}

/// What is said is private.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.as_str().len())
    }
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address, as [`Channel::target`](crate::Channel::target) spells it.
    pub to: String,
    /// The part of the conversation.
    pub thread_id: Option<String>,
    /// The message that is answered.
    pub reply_to: Option<String>,
}

/// A file.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its type, such as `image/jpeg`.
    pub mime_type: String,
    /// How it is shown.
    pub kind: FileKind,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.mime_type, self.bytes.len())
    }
}

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// As a picture.
    Photo,
    /// As a video.
    Video,
    /// As a picture that moves.
    Animation,
    /// As music.
    Audio,
    /// As something spoken.
    Voice,
    /// As a file.
    Document,
}

impl FileKind {
    /// How a file of this type is shown where nobody says otherwise.
    #[must_use]
    pub fn of(mime_type: &str) -> Self {
        match mime_type.split(';').next().unwrap_or_default().trim() {
            "image/jpeg" | "image/png" | "image/webp" => Self::Photo,
            "image/gif" => Self::Animation,
            "video/mp4" => Self::Video,
            "audio/ogg" => Self::Voice,
            "audio/mpeg" | "audio/mp4" => Self::Audio,
            _ => Self::Document,
        }
    }
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Button {
    /// What stands on it.
    pub text: String,
    /// What it stands for; comes back when it is pressed. At most 64 bytes for Telegram.
    pub data: String,
}

/// A question with answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Poll {
    /// The question.
    pub question: String,
    /// The answers, 2 to 12.
    pub options: Vec<String>,
    /// More than one may be chosen.
    #[serde(default)]
    pub is_multiple: bool,
    /// Names are hidden.
    #[serde(default)]
    pub is_anonymous: bool,
    /// How long it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_for: Option<Duration>,
}

/// What is sent with one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A text.
    Text {
        /// The text.
        text: Text,
        /// Buttons below it.
        buttons: Vec<Vec<Button>>,
        /// Nobody is disturbed.
        silent: bool,
    },
    /// A file, with a text that goes with it.
    File {
        /// The file.
        file: File,
        /// The text.
        caption: Option<Text>,
        /// Nobody is disturbed.
        silent: bool,
    },
    /// A question.
    Poll {
        /// The question.
        poll: Poll,
        /// Nobody is disturbed.
        silent: bool,
    },
}

/// Something to do with a message that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Shows a sign with it; none takes it away.
    React {
        /// The message.
        message_id: String,
        /// The sign.
        emoji: Option<String>,
    },
    /// Shows another text in its place.
    Edit {
        /// The message.
        message_id: String,
        /// The text.
        text: String,
    },
    /// Takes it away.
    Delete {
        /// The message.
        message_id: String,
    },
    /// Shows it at the top.
    Pin {
        /// The message.
        message_id: String,
    },
    /// Shows it there no more.
    Unpin {
        /// The message.
        message_id: String,
    },
}

/// How sending one part ended.
#[derive(Debug, Clone, PartialEq)]
pub enum SendEnd {
    /// The service took it.
    Sent(Sent),
    /// It did not take it, or would notice the second time: it may be tried again after this
    /// time.
    Again {
        /// How long to wait at least.
        after: Duration,
        /// Why.
        why: String,
        /// The service itself said how long to wait: it counts as no failure.
        is_limit: bool,
    },
    /// It will never take it.
    Failed(String),
    /// Nobody knows whether it took it.
    Unknown(String),
}

/// Something that a service took.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Its id there.
    pub message_id: String,
    /// More ids, in the words of `send`: `chatId`, `pollId`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub ids: Map<String, Value>,
}
