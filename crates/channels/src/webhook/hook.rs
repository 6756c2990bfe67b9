//! What the other side sends us.

use serde::Deserialize;
use serde_json::json;

use super::sign::{self, SIGNATURE, TIMESTAMP};
use super::{MAX_ID, Webhook, is_id};
use crate::channel::{HookAnswer, HookHead, HookRequest};
use crate::host::{Accepted, ChannelHost};
use crate::inbound::{Chat, ChatKind, Content, Inbound, MediaKind, MediaRef, Quoted, Sender};

/// The body of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    /// The same whenever the same thing is sent again.
    id: String,
    /// When it was said, in milliseconds since 1970.
    at_ms: Option<u64>,
    chat: BodyChat,
    from: BodySender,
    message_id: Option<String>,
    text: Option<String>,
    #[serde(default)]
    files: Vec<BodyFile>,
    press: Option<BodyPress>,
    /// In a group: we are meant.
    #[serde(default)]
    mentioned: bool,
    reply_to: Option<BodyQuoted>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BodyChat {
    id: String,
    #[serde(default)]
    kind: BodyKind,
    title: Option<String>,
    thread_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
enum BodyKind {
    #[default]
    Direct,
    Group,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BodySender {
    id: String,
    name: Option<String>,
    username: Option<String>,
    #[serde(default)]
    is_bot: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BodyFile {
    url: String,
    mime_type: Option<String>,
    name: Option<String>,
    bytes: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyPress {
    id: String,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BodyQuoted {
    message_id: String,
    sender: Option<String>,
    text: Option<String>,
    #[serde(default)]
    is_ours: bool,
}

/// Judges a request by the form and the time of its signature; whether it fits, the body tells.
pub(super) fn head(webhook: &Webhook, request: &HookRequest, now_ms: u64) -> HookHead {
    let claimed = sign::claim(
        &webhook.options.secret,
        request.header(TIMESTAMP),
        request.header(SIGNATURE),
        now_ms,
        webhook.options.window,
    );
    match claimed {
        Ok(_) => HookHead::Unproven,
        Err(why) => HookHead::Refused(refuse(401, &why.to_string())),
    }
}

/// Takes one request. It is answered with 200 when what it brings is kept, now or before.
pub(super) async fn take(
    webhook: &Webhook,
    host: &dyn ChannelHost,
    request: &HookRequest,
) -> HookAnswer {
    let now_ms = host.now_ms();
    let proven = sign::check(
        &webhook.options.secret,
        request.header(TIMESTAMP),
        request.header(SIGNATURE),
        &request.body,
        now_ms,
        webhook.options.window,
    );
    if let Err(why) = proven {
        return refuse(401, &why.to_string());
    }
    // A list would be read member by member.
    if !request.body.trim_ascii_start().starts_with(b"{") {
        return refuse(400, "the body is no JSON object");
    }
    let body: Body = match serde_json::from_slice(&request.body) {
        Ok(body) => body,
        Err(error) => return refuse(400, &error.to_string()),
    };
    let inbound = match body.into_inbound(now_ms) {
        Ok(inbound) => inbound,
        Err(why) => return refuse(400, &why),
    };
    match host.accept(inbound).await {
        Ok(accepted) => {
            let is_duplicate = accepted == Accepted::Duplicate;
            let answer = json!({ "ok": true, "duplicate": is_duplicate });
            HookAnswer::new(200, answer.to_string())
        }
        Err(error) => {
            tracing::warn!(%error, "a message is not kept");
            refuse(503, "it is not kept: send it again")
        }
    }
}

fn refuse(status: u16, why: &str) -> HookAnswer {
    HookAnswer::new(status, json!({ "ok": false, "error": why }).to_string())
}

impl Body {
    fn into_inbound(self, now_ms: u64) -> Result<Inbound, String> {
        for (name, id) in [
            ("id", &self.id),
            ("chat.id", &self.chat.id),
            ("from.id", &self.from.id),
        ] {
            if !is_id(id) {
                return Err(format!(
                    "{name} is empty, longer than {MAX_ID} characters, or has control characters"
                ));
            }
        }
        let text = self.text.unwrap_or_default();
        let content = match self.press {
            Some(_) if !text.is_empty() || !self.files.is_empty() => {
                return Err("a press has neither text nor files".to_owned());
            }
            Some(press) => Content::Press {
                press_id: press.id,
                data: press.data,
            },
            None if text.trim().is_empty() && self.files.is_empty() => {
                return Err("text, files or press is needed".to_owned());
            }
            None => Content::Message {
                text,
                media: self.files.into_iter().map(BodyFile::into_media).collect(),
            },
        };
        let kind = match self.chat.kind {
            BodyKind::Direct => ChatKind::Direct,
            BodyKind::Group => ChatKind::Group,
        };
        let quoted = self.reply_to.map(|one| Quoted {
            message_id: one.message_id,
            sender: one.sender,
            text: one.text,
            is_ours: one.is_ours,
        });
        let is_answer = quoted.as_ref().is_some_and(|one| one.is_ours);
        let is_press = matches!(content, Content::Press { .. });
        Ok(Inbound {
            update_id: self.id,
            at_ms: self.at_ms.unwrap_or(now_ms),
            is_for_us: kind == ChatKind::Direct || self.mentioned || is_answer || is_press,
            chat: Chat {
                id: self.chat.id,
                kind,
                title: self.chat.title,
                thread_id: self.chat.thread_id,
            },
            sender: Sender {
                id: self.from.id,
                name: self.from.name,
                username: self.from.username,
                is_bot: self.from.is_bot,
            },
            message_id: self.message_id,
            content,
            quoted,
            our_names: Vec::new(),
        })
    }
}

impl BodyFile {
    fn into_media(self) -> MediaRef {
        let mime_type = self.mime_type.as_deref().unwrap_or_default();
        let kind = match mime_type.split('/').next().unwrap_or_default() {
            "image" => MediaKind::Image,
            "video" => MediaKind::Video,
            "audio" => MediaKind::Audio,
            _ => MediaKind::File,
        };
        MediaRef {
            id: self.url,
            kind,
            mime_type: self.mime_type,
            file_name: self.name,
            bytes: self.bytes,
        }
    }
}
