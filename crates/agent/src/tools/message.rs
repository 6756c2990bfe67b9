//! `message`: sends something over a channel.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::tool::{Tool, ToolContext, ToolError, ToolOutput, ToolSpec, arguments, parameters};

/// Sends messages. Whoever implements this keeps the rules about who may be written to, and
/// sends nothing twice for one idempotency key.
#[async_trait]
pub trait MessageSender: fmt::Debug + Send + Sync {
    /// Sends a message, or puts it where it will be sent.
    ///
    /// Errors: why not, in words for the model.
    async fn send(
        &self,
        cx: &ToolContext,
        message: OutgoingMessage,
    ) -> Result<MessageReceipt, String>;
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The channel. `None`: the one of the conversation.
    pub channel: Option<String>,
    /// The account of the channel.
    pub account_id: Option<String>,
    /// To whom. `None`: to the conversation.
    pub to: Option<String>,
    /// The thread in it.
    pub thread_id: Option<String>,
    /// The message that it answers.
    pub reply_to: Option<String>,
    /// The text.
    pub text: String,
    /// A file of the workspace that goes with it.
    pub media_path: Option<String>,
    /// The same for every try of this one message.
    pub idempotency_key: String,
}

/// A message was sent, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReceipt {
    /// Over which channel.
    pub channel: String,
    /// To whom.
    pub to: String,
    /// Its id there, if it is known yet.
    pub message_id: Option<String>,
}

/// The tool `message`.
#[derive(Debug)]
pub struct MessageTool {
    spec: Arc<ToolSpec>,
    sender: Arc<dyn MessageSender>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MessageArgs {
    /// Only `send`.
    action: Option<Action>,
    /// The text.
    #[serde(alias = "text")]
    message: Option<String>,
    /// The channel, such as telegram. Leave it out for the one of this conversation.
    channel: Option<String>,
    /// The account of the channel.
    account_id: Option<String>,
    /// To whom: an id or address of the channel. Leave it out for this conversation.
    #[serde(alias = "target")]
    to: Option<String>,
    /// The thread.
    thread_id: Option<String>,
    /// The id of the message that is answered.
    reply_to: Option<String>,
    /// A file of the workspace to send with it.
    #[serde(alias = "media", alias = "path")]
    media_path: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Action {
    Send,
}

impl MessageTool {
    /// The tool over a sender.
    pub fn new(sender: Arc<dyn MessageSender>) -> Self {
        let spec = ToolSpec {
            name: "message".to_owned(),
            description: "Send a message over a channel.\n\
                Your answer reaches this conversation by itself: use this for other people and \
                chats, for files, or while you are still at work."
                .to_owned(),
            parameters: parameters::<MessageArgs>(),
        };
        Self {
            spec: Arc::new(spec),
            sender,
        }
    }
}

#[async_trait]
impl Tool for MessageTool {
    fn spec(&self) -> &Arc<ToolSpec> {
        &self.spec
    }

    async fn call(&self, cx: &ToolContext, text: &str) -> Result<ToolOutput, ToolError> {
        let args: MessageArgs = arguments(text)?;
        let Action::Send = args.action.unwrap_or(Action::Send);
        let text = args.message.unwrap_or_default();
        if text.trim().is_empty() && args.media_path.is_none() {
            return Err(ToolError::arguments("message", "there is nothing to send"));
        }
        let message = OutgoingMessage {
            channel: args.channel,
            account_id: args.account_id,
            to: args.to,
            thread_id: args.thread_id,
            reply_to: args.reply_to,
            text,
            media_path: args.media_path,
            idempotency_key: cx.step_key.clone(),
        };
        let receipt = self
            .sender
            .send(cx, message)
            .await
            .map_err(ToolError::Failed)?;
        let MessageReceipt {
            channel,
            to,
            message_id,
        } = receipt;
        Ok(ToolOutput::text(format!("sent over {channel} to {to}"))
            .with_details(json!({"channel": channel, "to": to, "messageId": message_id})))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug, Default)]
    struct Fake(Mutex<Vec<OutgoingMessage>>);

    #[async_trait]
    impl MessageSender for Fake {
        async fn send(
            &self,
            _: &ToolContext,
            message: OutgoingMessage,
        ) -> Result<MessageReceipt, String> {
            if message.to.as_deref() == Some("stranger") {
                return Err("`stranger` is not on the allowlist".into());
            }
            self.0.lock().unwrap().push(message);
            Ok(MessageReceipt {
                channel: "telegram".into(),
                to: "42".into(),
                message_id: None,
            })
        }
    }

    #[tokio::test]
    async fn a_message_is_sent_with_a_key_of_its_own() {
        let fake = Arc::new(Fake::default());
        let tool = MessageTool::new(Arc::clone(&fake) as _);
        let cx = ToolContext::alone("s", "r1:4");
        tool.call(&cx, r#"{"action":"send","to":"42","message":"hi"}"#)
            .await
            .unwrap();
        let sent = fake.0.lock().unwrap().clone();
        assert_eq!(
            (sent[0].text.as_str(), sent[0].idempotency_key.as_str()),
            ("hi", "r1:4")
        );
        for args in [
            "{}",
            r#"{"message":" "}"#,
            r#"{"action":"delete","message":"x"}"#,
            r#"{"to":"stranger","message":"x"}"#,
        ] {
            assert!(tool.call(&cx, args).await.is_err(), "{args}");
        }
        assert_eq!(fake.0.lock().unwrap().len(), 1);
    }
}
