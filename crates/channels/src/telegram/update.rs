//! Updates of the Bot API, and what they mean.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::inbound::{Chat, ChatKind, Content, Inbound, MediaKind, MediaRef, Quoted, Sender};

/// The kinds of updates that we ask for.
pub(super) const KINDS: &[&str] = &["message", "callback_query"];

/// Who we are.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Me {
    pub(super) id: i64,
    pub(super) username: Option<String>,
    first_name: Option<String>,
}

impl Me {
    /// For people and programs.
    pub(super) fn shown(&self) -> Value {
        json!({ "id": self.id, "username": self.username, "name": self.first_name })
    }
}

/// The number of an update, of whatever kind it is.
#[derive(Debug, Deserialize)]
pub(super) struct Numbered {
    pub(super) update_id: i64,
}

#[derive(Debug, Deserialize)]
struct Update {
    update_id: i64,
    message: Option<Message>,
    callback_query: Option<Callback>,
}

#[derive(Debug, Deserialize)]
struct Message {
    message_id: i64,
    message_thread_id: Option<i64>,
    #[serde(default)]
    is_topic_message: bool,
    from: Option<User>,
    sender_chat: Option<TgChat>,
    #[serde(default)]
    date: u64,
    chat: TgChat,
    text: Option<String>,
    caption: Option<String>,
    #[serde(default)]
    entities: Vec<Entity>,
    #[serde(default)]
    caption_entities: Vec<Entity>,
    reply_to_message: Option<Box<Self>>,
    #[serde(default)]
    photo: Vec<TgFile>,
    document: Option<TgFile>,
    video: Option<TgFile>,
    video_note: Option<TgFile>,
    animation: Option<TgFile>,
    audio: Option<TgFile>,
    voice: Option<TgFile>,
    sticker: Option<TgFile>,
    location: Option<Location>,
    contact: Option<Contact>,
}

#[derive(Debug, Deserialize)]
struct Callback {
    id: String,
    from: User,
    message: Option<Box<Message>>,
    data: Option<String>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TgChat {
    id: i64,
    #[serde(rename = "type", default)]
    kind: String,
    title: Option<String>,
    username: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    offset: usize,
    length: usize,
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct TgFile {
    file_id: String,
    file_name: Option<String>,
    mime_type: Option<String>,
    file_size: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Location {
    latitude: f64,
    longitude: f64,
}

#[derive(Debug, Deserialize)]
struct Contact {
    phone_number: String,
    first_name: String,
}

/// What an update means. `None` for kinds that are not for us.
///
/// # Errors
///
/// When it is not what the Bot API says.
pub(super) fn read(text: &str, me: &Me, now_ms: u64) -> serde_json::Result<Option<Inbound>> {
    let update: Update = serde_json::from_str(text)?;
    let number = update.update_id.to_string();
    if let Some(message) = update.message {
        return Ok(said(number, message, me));
    }
    let pressed = update.callback_query.and_then(|callback| {
        let message = callback.message?;
        Some(Inbound {
            update_id: number,
            at_ms: now_ms,
            chat: message.where_it_is(),
            sender: callback.from.into_sender(),
            message_id: Some(message.message_id.to_string()),
            content: Content::Press {
                press_id: callback.id,
                data: callback.data.unwrap_or_default(),
            },
            is_for_us: true,
            quoted: None,
            our_names: me.names(),
        })
    });
    Ok(pressed)
}

fn said(number: String, message: Message, me: &Me) -> Option<Inbound> {
    let media = message.media();
    let text = message.words();
    if text.trim().is_empty() && media.is_empty() {
        // Somebody joined, a title changed, ….
        return None;
    }
    let chat = message.where_it_is();
    let is_ours = |one: &Message| one.from.as_ref().is_some_and(|from| from.id == me.id);
    let quoted = message.reply_to_message.as_deref();
    // The first message of a topic is "answered" by all others in it.
    let quoted = quoted.filter(|one| Some(one.message_id) != message.message_thread_id);
    let is_for_us =
        chat.kind == ChatKind::Direct || quoted.is_some_and(is_ours) || message.mentions(me);
    let quoted = quoted.map(|one| Quoted {
        message_id: one.message_id.to_string(),
        sender: one.from.as_ref().map(User::name),
        text: Some(one.words()).filter(|text| !text.is_empty()),
        is_ours: is_ours(one),
    });
    let sender = match (message.from, message.sender_chat) {
        // A channel or an anonymous admin: an id of its own, which nobody lists by accident.
        (_, Some(chat)) => Sender {
            id: chat.id.to_string(),
            name: chat.title,
            username: chat.username,
            is_bot: false,
        },
        (Some(from), None) => from.into_sender(),
        (None, None) => return None,
    };
    Some(Inbound {
        update_id: number,
        at_ms: message.date.saturating_mul(1000),
        chat,
        sender,
        message_id: Some(message.message_id.to_string()),
        content: Content::Message { text, media },
        is_for_us,
        quoted,
        our_names: me.names(),
    })
}

impl Me {
    fn names(&self) -> Vec<String> {
        self.username.iter().cloned().collect()
    }
}

impl User {
    fn name(&self) -> String {
        let parts = [self.first_name.as_deref(), self.last_name.as_deref()];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if name.trim().is_empty() {
            self.username.clone().unwrap_or_else(|| self.id.to_string())
        } else {
            name
        }
    }

    fn into_sender(self) -> Sender {
        Sender {
            name: Some(self.name()),
            id: self.id.to_string(),
            username: self.username,
            is_bot: self.is_bot,
        }
    }
}

impl Message {
    fn where_it_is(&self) -> Chat {
        let kind = match self.chat.kind.as_str() {
            "private" => ChatKind::Direct,
            "group" | "supergroup" => ChatKind::Group,
            _ => ChatKind::Broadcast,
        };
        let thread = self.message_thread_id.filter(|_| self.is_topic_message);
        Chat {
            id: self.chat.id.to_string(),
            kind,
            title: self.chat.title.clone(),
            thread_id: thread.map(|id| id.to_string()),
        }
    }

    fn words(&self) -> String {
        let text = self.text.as_deref().or(self.caption.as_deref());
        let mut words = text.unwrap_or_default().to_owned();
        let mut add = |line: String| {
            if !words.is_empty() {
                words.push('\n');
            }
            words.push_str(&line);
        };
        if let Some(Location {
            latitude,
            longitude,
        }) = &self.location
        {
            add(format!("[location: {latitude}, {longitude}]"));
        }
        if let Some(Contact {
            phone_number,
            first_name,
        }) = &self.contact
        {
            add(format!("[contact: {first_name}, {phone_number}]"));
        }
        words
    }

    fn media(&self) -> Vec<MediaRef> {
        let one = |file: &TgFile, kind: MediaKind, mime: &str| MediaRef {
            id: file.file_id.clone(),
            kind,
            mime_type: Some(file.mime_type.clone().unwrap_or_else(|| mime.to_owned()))
                .filter(|mime| !mime.is_empty()),
            file_name: file.file_name.clone(),
            bytes: file.file_size,
        };
        // The last size is the largest.
        let photo = self.photo.last();
        // A GIF is told as a document as well.
        let document = self.document.as_ref().filter(|_| self.animation.is_none());
        let kinds = [
            (photo, MediaKind::Image, "image/jpeg"),
            (document, MediaKind::File, ""),
            (self.video.as_ref(), MediaKind::Video, "video/mp4"),
            (self.video_note.as_ref(), MediaKind::Video, "video/mp4"),
            (self.animation.as_ref(), MediaKind::Video, "video/mp4"),
            (self.audio.as_ref(), MediaKind::Audio, "audio/mpeg"),
            (self.voice.as_ref(), MediaKind::Voice, "audio/ogg"),
            (self.sticker.as_ref(), MediaKind::Sticker, "image/webp"),
        ];
        kinds
            .into_iter()
            .filter_map(|(file, kind, mime)| Some(one(file?, kind, mime)))
            .collect()
    }

    /// Whether the text names us.
    fn mentions(&self, me: &Me) -> bool {
        let (text, entities) = match &self.text {
            Some(text) => (text, &self.entities),
            None => match &self.caption {
                Some(text) => (text, &self.caption_entities),
                None => return false,
            },
        };
        let units: Vec<u16> = text.encode_utf16().collect();
        let name = me.username.as_deref().unwrap_or_default();
        entities.iter().any(|entity| {
            if entity.kind == "text_mention" {
                return entity.user.as_ref().is_some_and(|user| user.id == me.id);
            }
            let end = entity.offset.saturating_add(entity.length);
            let Some(part) = units.get(entity.offset..end) else {
                return false;
            };
            let part = String::from_utf16_lossy(part);
            let named = match entity.kind.as_str() {
                "mention" => part.strip_prefix('@'),
                "bot_command" => part.split_once('@').map(|(_, name)| name),
                _ => None,
            };
            !name.is_empty() && named.is_some_and(|named| named.eq_ignore_ascii_case(name))
        })
    }
}

/// The type of a file by its name.
pub(super) fn type_of_name(name: &str) -> &'static str {
    let end = name.rsplit('.').next().unwrap_or_default();
    match end.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "mp4" => "video/mp4",
        "oga" | "ogg" | "opus" => "audio/ogg",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "txt" | "md" | "log" | "csv" => "text/plain",
        "json" => "application/json",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
