//! What people say to a bot, as the server tells it.

use serde_json::{Value, json};

/// What the bot is called, without `@`.
pub const BOT_NAME: &str = "fake_bot";
/// When everything is said, in seconds since 1970.
pub(super) const DATE: u64 = 1_770_000_000;

/// Something that somebody says.
///
/// ```
/// # use openclaw_channels::testing::Said;
/// let direct = Said::direct(4242, "hello");
/// let group = Said::group(-1001, 4242, "@fake_bot hello").thread(7);
/// ```
#[derive(Debug, Clone)]
pub struct Said {
    message: Value,
    is_edit: bool,
}

impl Said {
    /// To the bot alone.
    #[must_use]
    pub fn direct(sender: i64, text: &str) -> Self {
        Self::new(
            &json!({ "id": sender, "type": "private", "first_name": "Ann" }),
            sender,
            text,
        )
    }

    /// In a group. A name of somebody and a command are marked as the server marks them.
    #[must_use]
    pub fn group(chat: i64, sender: i64, text: &str) -> Self {
        let kind = if chat <= -1_000_000_000_000 {
            "supergroup"
        } else {
            "group"
        };
        Self::new(
            &json!({ "id": chat, "type": kind, "title": "Home" }),
            sender,
            text,
        )
    }

    fn new(chat: &Value, sender: i64, text: &str) -> Self {
        let mut message = json!({
            "date": DATE, "chat": chat,
            "from": {
                "id": sender, "is_bot": false, "first_name": "Ann", "username": "ann",
                "language_code": "en",
            },
        });
        if !text.is_empty() {
            message["text"] = json!(text);
            let entities = entities(text);
            if !entities.is_empty() {
                message["entities"] = json!(entities);
            }
        }
        Self {
            message,
            is_edit: false,
        }
    }

    /// With another member of the message, or in its place.
    #[must_use]
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.message[member] = value;
        self
    }

    /// In a topic of the group.
    #[must_use]
    pub fn thread(self, thread_id: i64) -> Self {
        self.with("message_thread_id", json!(thread_id))
            .with("is_topic_message", json!(true))
    }

    /// By a program.
    #[must_use]
    pub fn by_bot(mut self) -> Self {
        self.message["from"]["is_bot"] = json!(true);
        self
    }

    /// Answering a message of somebody.
    #[must_use]
    pub fn answering(self, message_id: i64, sender: i64, text: &str) -> Self {
        let chat = self.message["chat"].clone();
        let quoted = json!({
            "message_id": message_id, "date": DATE, "chat": chat, "text": text,
            "from": { "id": sender, "is_bot": false, "first_name": "Bob" },
        });
        self.with("reply_to_message", quoted)
    }

    /// With a picture, in two sizes; the text is its caption. `file_id` is the larger one's.
    #[must_use]
    pub fn photo(self, file_id: &str, bytes: u64) -> Self {
        let sizes = json!([
            { "file_id": format!("{file_id}-small"), "file_unique_id": "s", "file_size": 9,
              "width": 9, "height": 9 },
            { "file_id": file_id, "file_unique_id": "l", "file_size": bytes,
              "width": 90, "height": 90 },
        ]);
        self.into_caption().with("photo", sizes)
    }

    /// With a file; the text is its caption.
    #[must_use]
    pub fn document(self, file_id: &str, name: &str, mime_type: &str, bytes: u64) -> Self {
        let about = json!({
            "file_id": file_id, "file_unique_id": "d", "file_name": name, "mime_type": mime_type,
            "file_size": bytes,
        });
        self.into_caption().with("document", about)
    }

    /// With something spoken; the text is its caption.
    #[must_use]
    pub fn voice(self, file_id: &str, bytes: u64) -> Self {
        let about = json!({
            "file_id": file_id, "file_unique_id": "v", "duration": 2, "mime_type": "audio/ogg",
            "file_size": bytes,
        });
        self.into_caption().with("voice", about)
    }

    fn into_caption(mut self) -> Self {
        if let Some(members) = self.message.as_object_mut() {
            for (member, caption) in [("text", "caption"), ("entities", "caption_entities")] {
                if let Some(value) = members.remove(member) {
                    members.insert(caption.to_owned(), value);
                }
            }
        }
        self
    }

    /// Changing what was said before.
    #[must_use]
    pub const fn edited(mut self) -> Self {
        self.is_edit = true;
        self
    }

    /// The update, without its number. `message_id` is taken unless there is one.
    pub(super) fn into_update(mut self, message_id: i64) -> Value {
        if self.message.get("message_id").is_none() {
            self.message["message_id"] = json!(message_id);
        }
        let member = if self.is_edit {
            "edited_message"
        } else {
            "message"
        };
        json!({ member: self.message })
    }
}

/// Somebody presses a button below a message of the bot.
pub(super) fn press(number: i64, chat: i64, sender: i64, message_id: i64, data: &str) -> Value {
    let kind = if chat > 0 { "private" } else { "supergroup" };
    json!({ "callback_query": {
        "id": number.to_string(), "chat_instance": "1", "data": data,
        "from": { "id": sender, "is_bot": false, "first_name": "Ann", "username": "ann" },
        "message": {
            "message_id": message_id, "date": DATE, "chat": { "id": chat, "type": kind },
            "from": { "id": 999, "is_bot": true, "first_name": "Fake", "username": BOT_NAME },
        },
    }})
}

/// Names and commands in a text; offsets count UTF-16 units.
fn entities(text: &str) -> Vec<Value> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '@';
    let mut entities = Vec::new();
    let mut offset = 0;
    for word in text.split(' ') {
        let kind = match word.chars().next() {
            Some('@') if word.len() > 4 => Some("mention"),
            Some('/') if word.len() > 1 => Some("bot_command"),
            _ => None,
        };
        if let Some(kind) = kind {
            let name = word[1..].chars().take_while(|c| is_name(*c)).count();
            entities.push(json!({ "type": kind, "offset": offset, "length": name + 1 }));
        }
        offset += word.encode_utf16().count() + 1;
    }
    entities
}
