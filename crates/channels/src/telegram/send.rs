//! Sending, and what a failure means.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::api::ApiError;
use super::form::Form;
use super::{ReplyMode, Telegram, address, markup};
use crate::outbound::{
    Action, Button, File, FileKind, Outbound, Part, Poll, SendEnd, Sent, Target, Text,
};
use crate::parts::texts;
use crate::split::units;

/// The longest text that goes with a file, in UTF-16 units.
const CAPTION: usize = 1024;
/// Bytes of a picture that is shown as one.
const MAX_PHOTO: usize = 10 * 1000 * 1000;
/// How long to wait where the server does not say.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    chat: Option<Chat>,
    poll: Option<PollInfo>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
}

#[derive(Deserialize)]
struct PollInfo {
    id: String,
}

/// The parts of a message: a short text goes with its only file, a long one goes first.
pub(super) fn parts(message: &Outbound, limit: usize) -> Vec<Part> {
    let silent = message.silent;
    let mut files = message.files.clone();
    let mut parts = Vec::new();
    let is_caption = !message.text.is_blank()
        && files.len() == 1
        && message.buttons.is_empty()
        && units(message.text.as_str()) <= CAPTION;
    if is_caption && let Some(file) = files.pop() {
        parts.push(Part::File {
            file,
            caption: Some(message.text.clone()),
            silent,
        });
    } else {
        parts.extend(texts(message, limit));
    }
    let files = files.into_iter().map(|file| Part::File {
        file,
        caption: None,
        silent,
    });
    parts.extend(files);
    parts.extend(message.poll.clone().map(|poll| Part::Poll { poll, silent }));
    parts
}

/// Sends one part.
pub(super) async fn send(bot: &Telegram, to: &Target, part: &Part) -> SendEnd {
    let mut chat = address::chat_id(&to.to).to_owned();
    let mut base = common(bot, to);
    // What was refused for a reason that we can mend certainly did not arrive.
    for _ in 0..3 {
        let sent = attempt(bot, &chat, &base, part).await;
        match &sent {
            Err(ApiError::Refused {
                moved_to: Some(id), ..
            }) => chat = id.to_string(),
            Err(ApiError::Refused { code: 400, why, .. })
                if why.contains("thread not found") && base.contains_key("message_thread_id") =>
            {
                base.remove("message_thread_id");
            }
            _ => return end(sent),
        }
    }
    SendEnd::Failed("Telegram moves the chat again and again".to_owned())
}

/// What all kinds of messages have.
fn common(bot: &Telegram, to: &Target) -> Map<String, Value> {
    let mut params = Map::new();
    // The general topic is written to without its number.
    let thread = to
        .thread_id
        .as_deref()
        .and_then(|id| id.parse::<i64>().ok());
    if let Some(thread) = thread.filter(|id| *id != 1) {
        params.insert("message_thread_id".to_owned(), json!(thread));
    }
    let reply = to.reply_to.as_deref().and_then(|id| id.parse::<i64>().ok());
    if let Some(message_id) = reply.filter(|_| bot.options.reply_mode != ReplyMode::Off) {
        params.insert(
            "reply_parameters".to_owned(),
            json!({ "message_id": message_id, "allow_sending_without_reply": true }),
        );
    }
    params
}

async fn attempt(
    bot: &Telegram,
    chat: &str,
    base: &Map<String, Value>,
    part: &Part,
) -> Result<Message, ApiError> {
    let mut params = base.clone();
    params.insert("chat_id".to_owned(), json!(chat));
    let (Part::Text { silent, .. } | Part::File { silent, .. } | Part::Poll { silent, .. }) = part;
    if *silent {
        params.insert("disable_notification".to_owned(), json!(true));
    }
    match part {
        Part::Text { text, buttons, .. } => {
            if !buttons.is_empty() {
                params.insert("reply_markup".to_owned(), keyboard(buttons));
            }
            if !bot.options.link_preview {
                let none = json!({ "is_disabled": true });
                params.insert("link_preview_options".to_owned(), none);
            }
            say(bot, "sendMessage", "text", params, text).await
        }
        Part::File { file, caption, .. } => upload(bot, params, file, caption.as_ref()).await,
        Part::Poll { poll, .. } => bot.api.call("sendPoll", &asking(params, poll)).await,
    }
}

/// Says a text marked up; and plain, where the server cannot read the markup.
async fn say(
    bot: &Telegram,
    method: &'static str,
    member: &str,
    mut params: Map<String, Value>,
    text: &Text,
) -> Result<Message, ApiError> {
    let html = match text {
        Text::Markdown(text) => markup::html(text),
        Text::Native(text) => text.clone(),
    };
    params.insert(member.to_owned(), json!(html));
    params.insert("parse_mode".to_owned(), json!("HTML"));
    let said = bot.api.call(method, &json!(params)).await;
    match said {
        Err(error) if is_unreadable_markup(&error) => {
            params.insert(member.to_owned(), json!(text.as_str()));
            params.remove("parse_mode");
            bot.api.call(method, &json!(params)).await
        }
        said => said,
    }
}

fn is_unreadable_markup(error: &ApiError) -> bool {
    matches!(error, ApiError::Refused { code: 400, why, .. } if why.contains("can't parse entities"))
}

async fn upload(
    bot: &Telegram,
    params: Map<String, Value>,
    file: &File,
    caption: Option<&Text>,
) -> Result<Message, ApiError> {
    let kind = match file.kind {
        FileKind::Photo if file.bytes.len() > MAX_PHOTO => FileKind::Document,
        kind => kind,
    };
    let sent = bot.upload_as(kind, &params, file, caption, true).await;
    match sent {
        Err(error) if is_unreadable_markup(&error) => {
            bot.upload_as(kind, &params, file, caption, false).await
        }
        // A picture that Telegram cannot show is a file all the same.
        Err(ApiError::Refused { code: 400, why, .. })
            if kind != FileKind::Document && is_bad_media(&why) =>
        {
            bot.upload_as(FileKind::Document, &params, file, caption, true)
                .await
        }
        sent => sent,
    }
}

fn is_bad_media(why: &str) -> bool {
    [
        "PHOTO_",
        "IMAGE_PROCESS_FAILED",
        "wrong file",
        "VIDEO_",
        "VOICE_",
    ]
    .iter()
    .any(|part| why.contains(part))
}

impl Telegram {
    async fn upload_as(
        &self,
        kind: FileKind,
        params: &Map<String, Value>,
        file: &File,
        caption: Option<&Text>,
        is_marked_up: bool,
    ) -> Result<Message, ApiError> {
        let (method, member) = match kind {
            FileKind::Photo => ("sendPhoto", "photo"),
            FileKind::Video => ("sendVideo", "video"),
            FileKind::Animation => ("sendAnimation", "animation"),
            FileKind::Audio => ("sendAudio", "audio"),
            FileKind::Voice => ("sendVoice", "voice"),
            FileKind::Document => ("sendDocument", "document"),
        };
        let mut form = Form::new();
        for (name, value) in params {
            match value {
                Value::String(text) => form.text(name, text),
                other => form.text(name, &other.to_string()),
            }
        }
        match caption {
            Some(Text::Markdown(text)) if is_marked_up => {
                form.text("caption", &markup::html(text));
                form.text("parse_mode", "HTML");
            }
            Some(Text::Native(text)) if is_marked_up => {
                form.text("caption", text);
                form.text("parse_mode", "HTML");
            }
            Some(text) => form.text("caption", text.as_str()),
            None => {}
        }
        form.file(member, &file.name, &file.mime_type, &file.bytes);
        self.api.upload(method, form).await
    }
}

fn asking(mut params: Map<String, Value>, poll: &Poll) -> Value {
    let options: Vec<Value> = poll
        .options
        .iter()
        .map(|text| json!({ "text": text }))
        .collect();
    params.insert("question".to_owned(), json!(poll.question));
    params.insert("options".to_owned(), json!(options));
    params.insert("is_anonymous".to_owned(), json!(poll.is_anonymous));
    params.insert(
        "allows_multiple_answers".to_owned(),
        json!(poll.is_multiple),
    );
    if let Some(open_for) = poll.open_for {
        params.insert("open_period".to_owned(), json!(open_for.as_secs()));
    }
    Value::Object(params)
}

fn keyboard(buttons: &[Vec<Button>]) -> Value {
    let rows: Vec<Vec<Value>> = buttons
        .iter()
        .map(|row| {
            row.iter()
                .map(|one| json!({ "text": one.text, "callback_data": one.data }))
                .collect()
        })
        .collect();
    json!({ "inline_keyboard": rows })
}

/// Shows another text in place of one that was sent.
pub(super) async fn edit(
    bot: &Telegram,
    to: &Target,
    message_id: &str,
    text: &str,
    buttons: &[Vec<Button>],
) -> SendEnd {
    let chat = address::chat_id(&to.to);
    let Ok(number) = message_id.parse::<i64>() else {
        return SendEnd::Failed(format!("`{message_id}` is no message of Telegram"));
    };
    let mut params = Map::new();
    params.insert("chat_id".to_owned(), json!(chat));
    params.insert("message_id".to_owned(), json!(number));
    if !buttons.is_empty() {
        params.insert("reply_markup".to_owned(), keyboard(buttons));
    }
    let text = Text::Markdown(text.to_owned());
    let edited = say(bot, "editMessageText", "text", params, &text).await;
    match edited {
        // It says so already: an edit may be done again.
        Err(ApiError::Refused { code: 400, why, .. }) if why.contains("is not modified") => {
            SendEnd::Sent(Sent {
                message_id: message_id.to_owned(),
                ids: Map::new(),
            })
        }
        edited => match end(edited) {
            // Nor does it matter whether one arrived that is done again.
            SendEnd::Unknown(why) => SendEnd::Again {
                after: PAUSE,
                why,
                is_limit: false,
            },
            end => end,
        },
    }
}

/// Does something with a message.
pub(super) async fn act(bot: &Telegram, to: &Target, action: &Action) -> Result<Value, String> {
    let chat = address::chat_id(&to.to);
    let number = |id: &str| {
        id.parse::<i64>()
            .map_err(|_| format!("`{id}` is no message of Telegram"))
    };
    let (method, params) = match action {
        Action::React { message_id, emoji } => {
            let reaction: Vec<Value> = emoji
                .iter()
                .map(|emoji| json!({ "type": "emoji", "emoji": emoji }))
                .collect();
            let params = json!({
                "chat_id": chat, "message_id": number(message_id)?, "reaction": reaction,
            });
            ("setMessageReaction", params)
        }
        Action::Edit { message_id, text } => {
            return match edit(bot, to, message_id, text, &[]).await {
                SendEnd::Sent(sent) => Ok(json!({ "ok": true, "messageId": sent.message_id })),
                SendEnd::Again { why, .. } | SendEnd::Failed(why) | SendEnd::Unknown(why) => {
                    Err(why)
                }
            };
        }
        Action::Delete { message_id } => (
            "deleteMessage",
            json!({ "chat_id": chat, "message_id": number(message_id)? }),
        ),
        Action::Pin { message_id } => (
            "pinChatMessage",
            json!({ "chat_id": chat, "message_id": number(message_id)?, "disable_notification": true }),
        ),
        Action::Unpin { message_id } => (
            "unpinChatMessage",
            json!({ "chat_id": chat, "message_id": number(message_id)? }),
        ),
    };
    let done: Result<Value, ApiError> = bot.api.call(method, &params).await;
    done.map(|_| json!({ "ok": true }))
        .map_err(|error| error.to_string())
}

/// What the answer to sending means. Telegram knows no key by which it would tell a second try
/// from a second message: what may have arrived is not sent again.
fn end(sent: Result<Message, ApiError>) -> SendEnd {
    match sent {
        Ok(message) => {
            let mut ids = Map::new();
            if let Some(chat) = message.chat {
                ids.insert("chatId".to_owned(), json!(chat.id.to_string()));
            }
            if let Some(poll) = message.poll {
                ids.insert("pollId".to_owned(), json!(poll.id));
            }
            SendEnd::Sent(Sent {
                message_id: message.message_id.to_string(),
                ids,
            })
        }
        Err(ApiError::NotSent(why)) => SendEnd::Again {
            after: PAUSE,
            why,
            is_limit: false,
        },
        Err(ApiError::Refused {
            code: 429,
            why,
            retry_after,
            ..
        }) => SendEnd::Again {
            after: retry_after.unwrap_or(PAUSE),
            why,
            is_limit: true,
        },
        // It says that it could not, and did not.
        Err(ApiError::Refused {
            code: code @ (500..=503),
            why,
            ..
        }) => SendEnd::Again {
            after: PAUSE,
            why: format!("Telegram says {code}: {why}"),
            is_limit: false,
        },
        // Somebody between us gave up waiting.
        Err(ApiError::Refused {
            code: code @ 504..=599,
            why,
            ..
        }) => SendEnd::Unknown(format!("Telegram says {code}: {why}")),
        Err(error @ (ApiError::Refused { .. } | ApiError::TooLarge(_))) => {
            SendEnd::Failed(error.to_string())
        }
        Err(error @ (ApiError::Broken(_) | ApiError::Unreadable { .. })) => {
            SendEnd::Unknown(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests;
