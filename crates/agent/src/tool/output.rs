//! What a tool gives.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::untrusted;
use crate::message::{Content, Image};

/// What a tool gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolOutput {
    /// What the model sees.
    pub content: Vec<Content>,
    /// Facts for programs, which the model does not see.
    pub details: Option<Value>,
    /// What the user is to get with the reply.
    pub attachments: Vec<Attachment>,
    /// The call was made, and failed: a command with another exit code than 0, say.
    pub failed: bool,
}

/// A file that the user is to get.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Such as `image/jpeg`.
    pub mime_type: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The bytes in base64, with padding.
    pub data: String,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Attachment({}, {} bytes)",
            self.mime_type,
            self.data.len()
        )
    }
}

impl ToolOutput {
    /// A text of our own.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            content: vec![Content::text(text)],
            ..Self::default()
        }
    }

    /// A text that somebody else wrote, marked as such: see [`untrusted`].
    pub fn untrusted(source: &str, text: &str) -> Self {
        Self::text(untrusted::wrap(source, text))
    }

    /// The same with a picture for the model.
    #[must_use]
    pub fn with_image(mut self, image: Image) -> Self {
        self.content.push(Content::Image(image));
        self
    }

    /// The same with facts for programs.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same as a failure.
    #[must_use]
    pub const fn as_failure(mut self) -> Self {
        self.failed = true;
        self
    }

    /// All its text, joined by newlines.
    pub fn all_text(&self) -> String {
        let texts = self.content.iter().filter_map(|piece| match piece {
            Content::Text { text } => Some(text.as_str()),
            Content::Image(_) => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}
