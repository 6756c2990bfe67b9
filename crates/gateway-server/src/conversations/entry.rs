//! One session with its settings.

use openclaw_store::SessionRecord;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};
use uuid::Uuid;

/// One session with its settings.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    /// The canonical key.
    pub(crate) key: String,
    /// The transcript under way.
    pub(crate) session_id: String,
    /// When it was made, milliseconds since the epoch.
    pub(crate) created_at_ms: u64,
    /// When something last happened, milliseconds since the epoch.
    pub(crate) updated_at_ms: u64,
    /// Settings, counts and where replies go, by the names that both releases give them.
    pub(crate) entry: Map<String, Value>,
}

/// Transcripts before the present one whose ids are remembered.
const MAX_PREVIOUS: usize = 20;

impl Conversation {
    /// A session in which nothing happened yet.
    pub(crate) fn new(key: &str, now_ms: u64) -> Self {
        let session_id = Uuid::new_v4().to_string();
        let mut entry = Map::new();
        entry.insert("sessionId".to_owned(), session_id.as_str().into());
        Self {
            key: key.to_owned(),
            session_id,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
            entry,
        }
    }

    /// What the store keeps.
    pub(crate) fn record(&self) -> SessionRecord {
        SessionRecord {
            key: self.key.clone(),
            session_id: self.session_id.clone(),
            created_at_ms: self.created_at_ms,
            updated_at_ms: self.updated_at_ms,
            entry: to_raw_value(&self.entry).expect("a map of JSON values is JSON"),
        }
    }

    /// The text of a member that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = self.entry.get(name)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The same, to keep.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.entry.get(name)?.as_u64()
    }

    /// A switch.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.entry.get(name)?.as_bool()
    }

    /// Sets a member; `null` takes it out.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        match value {
            Value::Null => drop(self.entry.remove(name)),
            value => drop(self.entry.insert(name.to_owned(), value)),
        }
    }

    /// Begins a new transcript under the same key; settings stay, counts go.
    pub(crate) fn begin_anew(&mut self, now_ms: u64) {
        let mut previous = match self.entry.remove("previousSessionIds") {
            Some(Value::Array(ids)) => ids,
            _ => Vec::new(),
        };
        previous.push(self.session_id.as_str().into());
        let too_many = previous.len().saturating_sub(MAX_PREVIOUS);
        previous.drain(..too_many);
        self.set("previousSessionIds", Value::Array(previous));
        self.session_id = Uuid::new_v4().to_string();
        self.set("sessionId", self.session_id.as_str().into());
        self.set("systemSent", false.into());
        self.set("abortedLastRun", false.into());
        for count in ["inputTokens", "outputTokens", "totalTokens"] {
            self.set(count, 0.into());
        }
        self.set("compactionCount", Value::Null);
        self.updated_at_ms = now_ms;
    }

    /// Whether a transcript is, or was, this session's.
    pub(crate) fn has_transcript(&self, session_id: &str) -> bool {
        self.session_id == session_id
            || matches!(self.entry.get("previousSessionIds"), Some(Value::Array(ids))
                if ids.iter().any(|id| id == session_id))
    }

    /// The settings as clients are shown them.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let mut shown = self.entry.clone();
        shown.remove("previousSessionIds");
        shown.insert("sessionId".to_owned(), self.session_id.as_str().into());
        shown.insert("updatedAt".to_owned(), self.updated_at_ms.into());
        shown
    }
}

impl From<SessionRecord> for Conversation {
    fn from(record: SessionRecord) -> Self {
        let entry = match serde_json::from_str(record.entry.get()) {
            Ok(Value::Object(entry)) => entry,
            _ => Map::new(),
        };
        Self {
            key: record.key,
            session_id: record.session_id,
            created_at_ms: record.created_at_ms,
            updated_at_ms: record.updated_at_ms,
            entry,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_beginning_keeps_settings_and_forgets_counts() {
        let mut one = Conversation::new("agent:main:main", 1);
        let first = one.session_id.clone();
        one.set("label", "x".into());
        one.set("totalTokens", 7.into());
        one.begin_anew(5);
        assert_ne!(one.session_id, first);
        assert!(one.has_transcript(&first) && one.has_transcript(&one.session_id));
        assert!(!one.has_transcript("other"));
        assert_eq!(
            (one.text("label"), one.number("totalTokens")),
            (Some("x"), Some(0))
        );
        assert_eq!(one.shown()["sessionId"], one.session_id.as_str());
        assert!(!one.shown().contains_key("previousSessionIds"));
        for n in 0..30 {
            one.begin_anew(n);
        }
        assert_eq!(
            one.entry["previousSessionIds"].as_array().unwrap().len(),
            MAX_PREVIOUS
        );
    }

    #[test]
    fn what_is_no_object_is_read_as_none() {
        let mut record = Conversation::new("k", 1).record();
        record.entry = to_raw_value(&json!([1])).unwrap();
        let read = Conversation::from(record);
        assert!(read.entry.is_empty() && read.text("x").is_none());
    }
}
