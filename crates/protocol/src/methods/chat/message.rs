//! One message of a conversation.

use serde_json::{Map, Value};

use crate::methods::open_record::open_record;

open_record! {
    /// One message of a conversation, as transcripts and events have it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct ChatMessage {
        /// `user`, `assistant`, `toolResult`, ….
        must role: String = "role",
        /// A list of parts, `{type: "text", text}` for example; in protocol 4 a user's may be plain
        /// text.
        must content: Value = "content",
        /// When, milliseconds since the epoch.
        may timestamp: u64 = "timestamp",
        /// Why the assistant stopped; `injected` for what a program put in.
        may stop_reason: String = "stopReason",
    }
}

impl ChatMessage {
    /// With what is required; everything else is left out.
    #[must_use]
    pub fn new(role: String, content: Value) -> Self {
        Self {
            role,
            content,
            timestamp: None,
            stop_reason: None,
            rest: Map::new(),
        }
    }
}

impl ChatMessage {
    /// A message of one text part.
    #[must_use]
    pub fn text(role: &str, text: &str, timestamp: u64) -> Self {
        let content = serde_json::json!([{ "type": "text", "text": text }]);
        let mut message = Self::new(role.to_owned(), content);
        message.timestamp = Some(timestamp);
        message
    }

    /// The text of all its text parts, one after the other.
    #[must_use]
    pub fn plain_text(&self) -> String {
        match &self.content {
            Value::String(text) => text.clone(),
            Value::Array(parts) => parts
                .iter()
                .filter(|part| part.get("type").and_then(Value::as_str) == Some("text"))
                .filter_map(|part| part.get("text").and_then(Value::as_str))
                .collect(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ChatMessage;

    #[test]
    fn text_is_found_in_parts_and_in_plain_content() {
        assert_eq!(ChatMessage::text("assistant", "hi", 1).plain_text(), "hi");
        let plain: ChatMessage =
            serde_json::from_str(r#"{"role":"user","content":"hello"}"#).unwrap();
        assert_eq!(plain.plain_text(), "hello");
        let tool = r#"{"role":"assistant","content":[{"type":"toolCall","name":"exec"}]}"#;
        assert_eq!(
            serde_json::from_str::<ChatMessage>(tool)
                .unwrap()
                .plain_text(),
            ""
        );
    }
}
