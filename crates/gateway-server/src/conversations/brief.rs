//! Conversations in short: titles, last messages, previews.

use openclaw_protocol::methods::sessions::preview::PreviewItem;
use openclaw_store::{Entry, EntryRange, StoreError};
use serde_json::Value;

use super::{Conversation, Conversations};
use crate::clock::iso;

/// Characters of a title.
const TITLE: usize = 60;
/// Characters of the last message in a list.
const LAST: usize = 160;
/// Entries at the begin and at the end of a transcript that are looked at.
const LOOK: usize = 20;

/// What a list may show of a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Brief {
    /// A title taken from what was said first.
    pub(crate) title: bool,
    /// How the last message begins.
    pub(crate) last: bool,
}

impl Brief {
    /// Title and last message, as far as they are wanted.
    pub(super) async fn of(
        self,
        book: &Conversations,
        one: &Conversation,
    ) -> Result<(Option<String>, Option<String>), StoreError> {
        let mut title = None;
        if self.title {
            let named = one.owned("displayName").or_else(|| one.owned("subject"));
            title = match named {
                Some(name) => Some(name),
                None => {
                    let first = book
                        .entries(&one.session_id, EntryRange::After(0, LOOK))
                        .await?;
                    let said = first.iter().find_map(|entry| said(entry, &["user"]));
                    Some(match said {
                        Some(text) => shorten(&text, TITLE),
                        None => untitled(one),
                    })
                }
            };
        }
        let mut last = None;
        if self.last {
            let entries = book
                .entries(&one.session_id, EntryRange::Last(LOOK))
                .await?;
            last = entries
                .iter()
                .rev()
                .find_map(|entry| said(entry, &["user", "assistant"]))
                .map(|text| shorten(&text, LAST));
        }
        Ok((title, last))
    }
}

/// A title for a conversation in which nothing was said.
fn untitled(one: &Conversation) -> String {
    let id: String = one.session_id.chars().take(8).collect();
    let day = iso(one.updated_at_ms);
    format!("{id} ({})", &day[..10])
}

/// What somebody of these roles said in an entry.
fn said(entry: &Entry, roles: &[&str]) -> Option<String> {
    let body: Value = serde_json::from_str(entry.entry.body.get()).ok()?;
    let role = body["role"].as_str()?;
    if !roles.contains(&role) {
        return None;
    }
    let text = text_of(&body);
    (!text.is_empty()).then_some(text)
}

/// The text of a message on one line.
fn text_of(body: &Value) -> String {
    let text = match &body["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter(|part| part["type"] == "text")
            .filter_map(|part| part["text"].as_str())
            .collect::<Vec<_>>()
            .join(" "),
        _ => String::new(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of at most so many characters, cut between words where there are some.
fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let head: String = text.chars().take(max.saturating_sub(1)).collect();
    let cut = head.rfind(' ').filter(|at| *at > max * 6 / 10);
    format!("{}…", head[..cut.unwrap_or(head.len())].trim_end())
}

/// The last messages in short, the newest last.
pub(crate) fn items(entries: &[Entry], limit: usize, max_chars: usize) -> Vec<PreviewItem> {
    let mut found: Vec<PreviewItem> = entries
        .iter()
        .rev()
        .filter_map(|entry| item(entry, max_chars))
        .take(limit)
        .collect();
    found.reverse();
    found
}

fn item(entry: &Entry, max_chars: usize) -> Option<PreviewItem> {
    let body: Value = serde_json::from_str(entry.entry.body.get()).ok()?;
    let role = match body["role"].as_str()? {
        role @ ("user" | "assistant" | "system") => role,
        "toolResult" | "tool" => "tool",
        "compactionSummary" => "system",
        _ => "other",
    };
    let mut text = text_of(&body);
    let mut role = role.to_owned();
    if text.is_empty() {
        let calls: Vec<&str> = body["content"]
            .as_array()?
            .iter()
            .filter(|part| part["type"] == "toolCall")
            .filter_map(|part| part["name"].as_str())
            .collect();
        if calls.is_empty() {
            return None;
        }
        text = format!("call {}", calls.join(", "));
        "tool".clone_into(&mut role);
    }
    Some(PreviewItem {
        role,
        text: shorten(&text, max_chars),
    })
}

#[cfg(test)]
mod tests {
    use openclaw_store::NewEntry;
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    fn entry(body: &Value) -> Entry {
        Entry {
            seq: 1,
            entry: NewEntry {
                entry_id: "e".into(),
                run_id: None,
                at_ms: 1,
                body: to_raw_value(body).unwrap(),
            },
        }
    }

    #[test]
    fn previews_tell_who_said_what() {
        let entries = [
            entry(&json!({"role":"user","content":"hello\n there"})),
            entry(&json!({"role":"assistant","content":[{"type":"toolCall","name":"exec"}]})),
            entry(&json!({"role":"toolResult","content":[{"type":"text","text":"out"}]})),
            entry(&json!({"role":"assistant","content":[{"type":"thinking","thinking":"x"}]})),
            entry(&json!({"note": 1})),
            entry(&json!({"role":"assistant","content":[{"type":"text","text":"done"}]})),
        ];
        let told: Vec<String> = items(&entries, 10, 240)
            .into_iter()
            .map(|item| format!("{}: {}", item.role, item.text))
            .collect();
        assert_eq!(
            told,
            [
                "user: hello there",
                "tool: call exec",
                "tool: out",
                "assistant: done"
            ]
        );
        assert_eq!(items(&entries, 1, 240)[0].text, "done");
    }

    #[test]
    fn long_texts_are_cut_between_words_and_characters() {
        assert_eq!(shorten("short", 60), "short");
        let cut = shorten("several words that go on and on", 20);
        assert_eq!(cut, "several words that…");
        let one = shorten(&"ü".repeat(100), 20);
        assert_eq!(one.chars().count(), 20);
    }
}
