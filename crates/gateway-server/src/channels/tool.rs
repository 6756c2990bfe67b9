//! What the tool `message` does here.

use std::path::{Component, Path};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openclaw_agent::tool::{Attachment, ToolContext};
use openclaw_agent::tools::message::{MessageReceipt, MessageSender, OutgoingMessage};

use super::speak::{Spoken, speak};
use crate::core::Core;
use crate::runs::{DeliveryBody, DeliveryTarget, last_target};

/// How long the agent waits for what becomes of a message.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of a file that the agent sends.
const MAX_FILE: u64 = 20 * 1024 * 1024;

/// Sends what the agent wants sent.
pub(crate) struct CoreMessages(Weak<Core>);

impl CoreMessages {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Self(Arc::downgrade(core))
    }
}

impl std::fmt::Debug for CoreMessages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CoreMessages")
    }
}

#[async_trait]
impl MessageSender for CoreMessages {
    async fn send(
        &self,
        cx: &ToolContext,
        message: OutgoingMessage,
    ) -> Result<MessageReceipt, String> {
        let core = self.0.upgrade().ok_or("the gateway stops")?;
        let mut to = place(&core, cx, &message).await?;
        if message.to.is_some() {
            to.thread_id = None;
        }
        to.thread_id = message.thread_id.clone().or(to.thread_id);
        to.reply_to = message.reply_to.clone();
        let mut body = DeliveryBody {
            text: message.text.clone(),
            session_key: Some(cx.session_key.clone()),
            ..DeliveryBody::to(&to)
        };
        if let Some(path) = &message.media_path {
            body.attachments.push(file(&core, cx, path).await?);
        }
        let id = format!("tool:{}", message.idempotency_key);
        let spoken = speak(&core, id, &to, &body, PATIENCE).await;
        let message_id = match spoken.map_err(|error| error.to_string())? {
            Spoken::Sent(ids) => ids
                .get("messageId")
                .and_then(|id| id.as_str())
                .map(str::to_owned),
            Spoken::Waits(_) => None,
            Spoken::Failed(why) => return Err(format!("it was not sent: {why}")),
            Spoken::Unknown(why) => {
                return Err(format!("it may have arrived, do not send it again: {why}"));
            }
        };
        Ok(MessageReceipt {
            channel: to.channel,
            to: to.to,
            message_id,
        })
    }
}

/// Where a message goes: as it says, or to the conversation.
async fn place(
    core: &Core,
    cx: &ToolContext,
    message: &OutgoingMessage,
) -> Result<DeliveryTarget, String> {
    let here = last_target(core, &cx.session_key).await;
    let here = here.map_err(|error| error.to_string())?;
    let wanted = message.channel.as_deref();
    let here = here.filter(|here| wanted.is_none_or(|wanted| wanted == here.channel));
    let account = message.account_id.as_deref();
    let (account, to) = match (&message.to, here) {
        (None, None) => return Err("say `to` whom: this conversation has no channel".to_owned()),
        (None, Some(here)) => return Ok(here),
        (Some(to), Some(here)) => {
            core.channels
                .place(Some(&here.channel), account.or(Some(&here.account)), to)
        }
        (Some(to), None) => core.channels.place(wanted, account, to),
    }
    .map_err(|error| error.to_string())?;
    Ok(DeliveryTarget {
        channel: account.options.channel.clone(),
        account: account.options.account.clone(),
        to,
        thread_id: None,
        reply_to: None,
    })
}

/// A file of the agent's workspace.
async fn file(core: &Core, cx: &ToolContext, path: &str) -> Result<Attachment, String> {
    let setup = core.runs.setup();
    let agent = setup.agent_of(&cx.session_key);
    let root = agent
        .workspace
        .as_ref()
        .ok_or("this agent has no workspace")?;
    let is_plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let full = root.join(path);
    let read = async {
        // A link may lead out of the workspace.
        let full = tokio::fs::canonicalize(&full).await?;
        let root = tokio::fs::canonicalize(root).await?;
        let about = tokio::fs::metadata(&full).await?;
        if !is_plain || !full.starts_with(&root) || !about.is_file() {
            return Err(std::io::Error::other("it is no file of the workspace"));
        }
        if about.len() > MAX_FILE {
            return Err(std::io::Error::other(format!(
                "it has more than {MAX_FILE} bytes"
            )));
        }
        tokio::fs::read(&full).await
    };
    let bytes = read.await.map_err(|error| format!("{path}: {error}"))?;
    let name = full
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    Ok(Attachment {
        mime_type: type_of(path).to_owned(),
        name,
        data: STANDARD.encode(bytes),
    })
}

/// The type of a file by its name.
pub(crate) fn type_of(name: &str) -> &'static str {
    let end = Path::new(name).extension().and_then(|end| end.to_str());
    match end.unwrap_or_default().to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "pdf" => "application/pdf",
        "txt" | "md" | "log" => "text/plain",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}
