//! What a server was asked, what it showed, and what is to go wrong.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

/// One call of a method.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method: `sendMessage`.
    pub method: String,
    /// Its parameters; those of a form are text.
    pub params: Map<String, Value>,
    /// Its files.
    pub files: Vec<Upload>,
    /// When it came.
    pub at: Instant,
    /// The status of the answer. None: it has none yet, or never got one.
    pub status: Option<u16>,
    /// What it asked for was done.
    pub is_done: bool,
}

impl Call {
    /// A parameter as text: numbers too.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.params.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A parameter that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A parameter that has members, however it was sent.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Value> {
        match self.params.get(name)? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    }
}

/// A file that came with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The parameter: `photo`.
    pub member: String,
    /// Its name.
    pub file_name: String,
    /// Its type.
    pub mime_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A message of ours as people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The chat, as it was called.
    pub chat: String,
    /// Its id.
    pub message_id: i64,
    /// The topic.
    pub thread_id: Option<i64>,
    /// The message that it answers.
    pub reply_to: Option<i64>,
    /// The text or caption, without markup.
    pub text: String,
    /// What it said before, oldest first.
    pub edits: Vec<String>,
    /// Its keyboard.
    pub reply_markup: Option<Value>,
    /// Its files.
    pub files: Vec<Upload>,
}

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is refused.
    Refuse {
        /// The status.
        status: u16,
        /// Why, in the server's words.
        description: String,
        /// How long to wait, in seconds.
        retry_after: Option<u64>,
        /// Another id that the chat has by now.
        moved_to: Option<i64>,
    },
    /// It is not done, and the connection ends.
    Drop,
    /// It is done, and the connection ends without an answer. `getUpdates` waits for an update
    /// first, however long.
    DropAfter,
    /// It is not done, and never answered.
    Stall,
    /// It is done, and never answered. `getUpdates` waits for an update first, however long.
    StallAfter,
    /// It is not done, and answered with this.
    Raw {
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
    /// It is not done, and the client sent elsewhere with 307.
    Redirect(String),
}

impl Fault {
    /// Refused with these words.
    #[must_use]
    pub fn refuse(status: u16, description: &str) -> Self {
        Self::Refuse {
            status,
            description: description.to_owned(),
            retry_after: None,
            moved_to: None,
        }
    }

    /// 429, as the real server says it.
    #[must_use]
    pub fn too_many(retry_after: u64) -> Self {
        Self::Refuse {
            status: 429,
            description: format!("Too Many Requests: retry after {retry_after}"),
            retry_after: Some(retry_after),
            moved_to: None,
        }
    }

    /// 409, as the real server says it when another program asks for updates.
    #[must_use]
    pub fn conflict() -> Self {
        Self::refuse(409, CONFLICT)
    }

    /// 5xx, as what stands before the real server says it: not in JSON.
    #[must_use]
    pub fn server(status: u16) -> Self {
        Self::Raw {
            status,
            body: format!("<html><head><title>{status}</title></head></html>"),
        }
    }

    /// The group became another one.
    #[must_use]
    pub fn moved(to: i64) -> Self {
        Self::Refuse {
            status: 400,
            description: "Bad Request: group chat was upgraded to a supergroup chat".to_owned(),
            retry_after: None,
            moved_to: Some(to),
        }
    }
}

pub(super) const CONFLICT: &str = "Conflict: terminated by other getUpdates request; make sure \
                                   that only one bot instance is running";

/// An answer, or a refusal.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn ok(result: &Value) -> Self {
        Self {
            status: 200,
            body: json!({ "ok": true, "result": result }),
        }
    }

    pub(super) fn no(status: u16, description: &str) -> Self {
        Self {
            status,
            body: json!({ "ok": false, "error_code": status, "description": description }),
        }
    }

    pub(super) fn bad(description: &str) -> Self {
        Self::no(400, &format!("Bad Request: {description}"))
    }

    /// The answer of a fault that has one.
    pub(super) fn refused(
        status: u16,
        description: &str,
        retry_after: Option<u64>,
        moved_to: Option<i64>,
    ) -> Self {
        let mut reply = Self::no(status, description);
        if let Some(seconds) = retry_after {
            reply.body["parameters"]["retry_after"] = json!(seconds);
        }
        if let Some(chat) = moved_to {
            reply.body["parameters"]["migrate_to_chat_id"] = json!(chat);
        }
        reply
    }
}
