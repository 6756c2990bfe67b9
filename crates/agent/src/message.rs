//! What is said in a conversation, as models and transcripts see it.

use serde::{Deserialize, Serialize};

use crate::model::{ModelRef, StopReason, Usage};

mod arguments;
pub mod history;

/// One message of a conversation.
///
/// Shape: `{"role":"user"|"assistant"|"toolResult", "content":[…], …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "camelCase")]
pub enum Message {
    /// Somebody, or something, speaks to the agent.
    User(UserMessage),
    /// The model speaks.
    Assistant(AssistantMessage),
    /// A tool answers.
    ToolResult(ToolResultMessage),
}

impl Message {
    /// A text of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User(UserMessage {
            content: vec![Content::text(text)],
        })
    }
}

/// What the user says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserMessage {
    /// Texts and pictures, in their order.
    pub content: Vec<Content>,
}

/// A piece of what a user says or a tool gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Content {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image(Image),
}

impl Content {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// How much memory and wire it takes, in bytes.
    pub const fn len_bytes(&self) -> usize {
        match self {
            Self::Text { text } => text.len(),
            Self::Image(image) => image.data.len(),
        }
    }
}

/// A picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The bytes in base64, with padding.
    pub data: String,
    /// Such as `image/jpeg`.
    pub mime_type: String,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({}, {} bytes)", self.mime_type, self.data.len())
    }
}

/// What the model says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssistantMessage {
    /// Texts, thoughts and calls, in their order.
    pub content: Vec<AssistantBlock>,
    /// Which model said it. `None` for a reply that no model made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelRef>,
    /// What it cost.
    #[serde(default)]
    pub usage: Usage,
    /// Why it ended.
    pub stop_reason: StopReason,
}

impl AssistantMessage {
    /// All its text, pieces apart by an empty line.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for block in &self.content {
            if let AssistantBlock::Text { text } = block
                && !text.is_empty()
            {
                if !out.is_empty() {
                    out.push_str("\n\n");
                }
                out.push_str(text);
            }
        }
        out
    }

    /// The tools that it calls, in their order.
    pub fn calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.content.iter().filter_map(|block| match block {
            AssistantBlock::ToolCall(call) => Some(call),
            AssistantBlock::Text { .. } | AssistantBlock::Thinking { .. } => None,
        })
    }
}

/// A piece of what a model says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum AssistantBlock {
    /// Text for the user.
    Text {
        /// The text.
        text: String,
    },
    /// What the model thought before it answered.
    Thinking {
        /// The thought, empty where the provider keeps it to itself.
        thinking: String,
        /// What the provider wants back with the thought, opaque. Means something only to the
        /// model that made it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
    },
    /// A tool is to be called.
    ToolCall(ToolCall),
}

/// A call of a tool, as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Its id: what the result refers to.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// The arguments as JSON text, not checked: a model can write anything.
    #[serde(with = "arguments")]
    pub arguments: String,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResultMessage {
    /// Which call it answers.
    pub tool_call_id: String,
    /// Which tool was called.
    pub tool_name: String,
    /// Texts and pictures, in their order.
    pub content: Vec<Content>,
    /// The call failed.
    #[serde(default)]
    pub is_error: bool,
    /// Facts for programs, which the model does not see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

impl ToolResultMessage {
    /// A failure, told to the model.
    pub fn error(call: &ToolCall, text: impl Into<String>) -> Self {
        Self {
            tool_call_id: call.id.clone(),
            tool_name: call.name.clone(),
            content: vec![Content::text(text)],
            is_error: true,
            details: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(content: Vec<AssistantBlock>) -> AssistantMessage {
        AssistantMessage {
            content,
            model: None,
            usage: Usage::default(),
            stop_reason: StopReason::Stop,
        }
    }

    #[test]
    fn a_message_is_written_as_transcripts_have_it() {
        let call = ToolCall {
            id: "call_1".into(),
            name: "exec".into(),
            arguments: r#"{"command":"date"}"#.into(),
        };
        let message = Message::Assistant(reply(vec![
            AssistantBlock::Text {
                text: "Let me check.".into(),
            },
            AssistantBlock::ToolCall(call.clone()),
        ]));
        let json = serde_json::to_value(&message).unwrap();
        assert_eq!(json["role"], "assistant");
        assert_eq!(json["content"][1]["type"], "toolCall");
        assert_eq!(json["content"][1]["arguments"]["command"], "date");
        assert_eq!(serde_json::from_value::<Message>(json).unwrap(), message);

        let result = Message::ToolResult(ToolResultMessage::error(&call, "no"));
        let json = serde_json::to_value(&result).unwrap();
        assert_eq!(json["role"], "toolResult");
        assert_eq!(json["toolCallId"], "call_1");
        assert_eq!(json["isError"], true);
    }

    #[test]
    fn a_message_without_a_known_role_is_refused() {
        let json = serde_json::json!({"role": "system", "content": []});
        assert!(serde_json::from_value::<Message>(json).is_err());
    }

    #[test]
    fn a_picture_is_not_poured_into_logs() {
        let image = Image {
            data: "A".repeat(4096),
            mime_type: "image/png".into(),
        };
        assert_eq!(format!("{image:?}"), "Image(image/png, 4096 bytes)");
    }

    #[test]
    fn text_leaves_thoughts_out() {
        let message = reply(vec![
            AssistantBlock::Thinking {
                thinking: "hm".into(),
                signature: None,
            },
            AssistantBlock::Text { text: "a".into() },
            AssistantBlock::Text { text: "b".into() },
        ]);
        assert_eq!(message.text(), "a\n\nb");
    }
}
