//! The session of a run: its record, its settings, what is noted about it.

use openclaw_agent::model::{ModelRef, Thinking, Usage};
use openclaw_store::{SessionRecord, Store, StoreError};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Origin, RunAsk};

/// The session of a run.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) key: String,
    pub(super) id: String,
    created_at_ms: u64,
    entry: Map<String, Value>,
}

impl Session {
    /// The session under a key; a new one where there is none. It is kept with the run's
    /// beginning.
    pub(super) async fn open(store: &Store, key: &str, now_ms: u64) -> Result<Self, StoreError> {
        Ok(match store.session(key).await? {
            Some(record) => Self::read(record),
            None => Self {
                key: key.to_owned(),
                id: Uuid::new_v4().to_string(),
                created_at_ms: now_ms,
                entry: Map::new(),
            },
        })
    }

    fn read(record: SessionRecord) -> Self {
        let entry = match serde_json::from_str(record.entry.get()) {
            Ok(Value::Object(entry)) => entry,
            _ => Map::new(),
        };
        Self {
            key: record.key,
            id: record.session_id,
            created_at_ms: record.created_at_ms,
            entry,
        }
    }

    /// The record as it is from now on.
    pub(super) fn record(&self, now_ms: u64) -> Option<SessionRecord> {
        Some(SessionRecord {
            key: self.key.clone(),
            session_id: self.id.clone(),
            created_at_ms: self.created_at_ms,
            updated_at_ms: now_ms,
            entry: to_raw_value(&self.entry).ok()?,
        })
    }

    /// Takes over what people set while the run went on: everything that the run itself does not
    /// note.
    pub(super) fn keep_settings_of(&mut self, standing: SessionRecord) {
        let mut entry = Self::read(standing).entry;
        for key in OURS {
            match self.entry.remove(*key) {
                Some(value) => entry.insert((*key).to_owned(), value),
                None => entry.remove(*key),
            };
        }
        self.entry = entry;
    }

    fn text(&self, key: &str) -> Option<&str> {
        let text = self.entry.get(key)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    }

    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.entry.insert(key.to_owned(), value.into());
    }

    /// The model that a person chose for it.
    pub(super) fn model(&self) -> Option<ModelRef> {
        let model = self.text("modelOverride")?;
        match self.text("providerOverride") {
            Some(provider) => Some(ModelRef::new(provider, model)),
            None => model.parse().ok(),
        }
    }

    /// Has this model answer from now on; `None`: the one of the configuration.
    pub(super) fn choose(&mut self, model: Option<&ModelRef>) {
        match model {
            Some(model) => {
                self.set("providerOverride", model.provider.as_str());
                self.set("modelOverride", model.model.as_str());
            }
            None => {
                self.entry.remove("providerOverride");
                self.entry.remove("modelOverride");
            }
        }
    }

    pub(super) fn thinking(&self) -> Option<Thinking> {
        self.text("thinkingLevel")?.parse().ok()
    }

    pub(super) fn verbose(&self) -> Option<&str> {
        self.text("verboseLevel")
    }

    /// Notes a run that begins.
    pub(super) fn begins(&mut self, ask: &RunAsk, now_ms: u64) {
        if !matches!(
            ask.origin,
            Origin::Cron { .. } | Origin::Heartbeat | Origin::Session { .. }
        ) {
            self.set("lastInteractionAt", now_ms);
        }
        let id = self.id.clone();
        self.set("sessionId", id);
        self.set("systemSent", true);
        let channel = match &ask.delivery {
            Some(target) => {
                let context = json!({
                    "channel": target.channel, "to": target.to, "accountId": target.account,
                    "threadId": target.thread_id,
                });
                self.set("deliveryContext", context);
                self.set("lastTo", target.to.as_str());
                target.channel.as_str()
            }
            None => {
                self.entry
                    .entry("deliveryContext")
                    .or_insert_with(|| json!({ "channel": "webchat" }));
                "webchat"
            }
        };
        if ask.delivery.is_some() || !self.entry.contains_key("lastChannel") {
            self.set("lastChannel", channel);
        }
    }

    /// Notes what a run cost, and who answered.
    pub(super) fn ends(
        &mut self,
        model: Option<&ModelRef>,
        usage: &Usage,
        context_tokens: u64,
        window: u64,
        is_aborted: bool,
    ) {
        if let Some(model) = model {
            self.set("modelProvider", model.provider.as_str());
            self.set("model", model.model.as_str());
            self.set("contextTokens", window);
        }
        self.set("abortedLastRun", is_aborted);
        self.set("lastActivityAt", crate::clock::now_ms());
        if !usage.is_empty() {
            self.set("inputTokens", usage.input);
            self.set("outputTokens", usage.output);
            self.set("totalTokens", context_tokens);
        }
    }

    /// How full the model's window is: tokens used, and of how many.
    pub(super) fn context(&self) -> Option<(u64, u64)> {
        let used = self.entry.get("totalTokens")?.as_u64()?;
        let window = self.entry.get("contextTokens")?.as_u64()?;
        Some((used, window))
    }
}

/// What runs note in the record.
const OURS: &[&str] = &[
    "sessionId",
    "systemSent",
    "deliveryContext",
    "lastTo",
    "lastChannel",
    "modelProvider",
    "model",
    "contextTokens",
    "abortedLastRun",
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "lastInteractionAt",
    "lastActivityAt",
];
