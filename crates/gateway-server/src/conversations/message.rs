//! Messages of a transcript, as clients of each generation are shown them.

use std::borrow::Cow;

use openclaw_protocol::Raw;
use openclaw_store::Entry;
use serde::Deserialize;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

/// The most that one message of protocol 4 may take, in bytes of JSON.
const MAX_ONE: usize = 128 * 1024;
/// The most that one text of a message of protocol 4 shows where nothing else is asked for.
pub(crate) const USUAL_CHARS: usize = 8000;

/// In what shape messages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Protocol 3: as they are kept.
    V3,
    /// Protocol 4: with ids and numbers, long texts cut.
    V4 {
        /// The most characters of one text.
        max_chars: usize,
    },
}

/// Whether an entry is a message that people are shown.
pub(crate) fn is_message(entry: &Entry) -> bool {
    role(entry.entry.body.get()).is_some()
}

fn role(body: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Role<'a> {
        #[serde(borrow)]
        role: Cow<'a, str>,
    }
    let role: Role<'_> = serde_json::from_str(body).ok()?;
    Some(role.role)
}

/// An entry as a client is shown it. `None`: it is no message.
pub(crate) fn show(entry: &Entry, shape: Shape) -> Option<Box<Raw>> {
    let body = &entry.entry.body;
    let is_summary = role(body.get())? == "compactionSummary";
    match shape {
        Shape::V3 if is_summary => to_raw_value(&compaction(entry)).ok(),
        Shape::V3 => Some(body.clone()),
        Shape::V4 { max_chars } => {
            let mut message = if is_summary {
                compaction(entry)
            } else {
                match serde_json::from_str(body.get()).ok()? {
                    Value::Object(message) => message,
                    _ => return None,
                }
            };
            for part in ["content", "text"] {
                if let Some(part) = message.get_mut(part) {
                    cut_all(part, max_chars);
                }
            }
            let mut about = Map::new();
            if let Some(Value::Object(kept)) = message.remove("__openclaw") {
                about = kept;
            }
            about.insert("id".to_owned(), entry.entry.entry_id.as_str().into());
            about.insert("seq".to_owned(), entry.seq.into());
            about.insert("recordTimestampMs".to_owned(), entry.entry.at_ms.into());
            if let Some(run) = &entry.entry.run_id {
                about.insert("runId".to_owned(), run.as_str().into());
            }
            message.insert("__openclaw".to_owned(), Value::Object(about));
            let text = to_raw_value(&message).ok()?;
            if text.get().len() <= MAX_ONE {
                return Some(text);
            }
            to_raw_value(&too_large(&message)).ok()
        }
    }
}

/// What stands where a conversation was summed up.
fn compaction(entry: &Entry) -> Map<String, Value> {
    object(json!({
        "role": "system", "content": [{ "type": "text", "text": "Compaction" }],
        "timestamp": entry.entry.at_ms,
        "__openclaw": { "kind": "compaction", "id": entry.entry.entry_id },
    }))
}

/// What stands in the place of a message that is too large to be shown.
fn too_large(message: &Map<String, Value>) -> Value {
    let mut about = message.get("__openclaw").cloned().unwrap_or_default();
    about["truncated"] = true.into();
    about["reason"] = "oversized".into();
    let text = "[chat.history omitted: message too large]";
    json!({
        "role": message.get("role"), "timestamp": message.get("timestamp"),
        "content": [{ "type": "text", "text": text }], "__openclaw": about,
    })
}

/// Cuts long texts, and leaves out the bytes of pictures.
fn cut_all(value: &mut Value, max_chars: usize) {
    match value {
        Value::String(text) => cut(text, max_chars),
        Value::Array(parts) => {
            for part in parts {
                cut_part(part, max_chars);
            }
        }
        _ => {}
    }
}

fn cut_part(part: &mut Value, max_chars: usize) {
    let Value::Object(members) = part else {
        return;
    };
    for name in ["text", "thinking", "partialJson", "arguments"] {
        if let Some(Value::String(text)) = members.get_mut(name) {
            cut(text, max_chars);
        }
    }
    if members.get("type").is_some_and(|kind| kind == "image")
        && let Some(Value::String(data)) = members.remove("data")
    {
        members.insert("omitted".to_owned(), true.into());
        members.insert("bytes".to_owned(), data.len().into());
    }
    if let Some(inner) = members.get_mut("content") {
        cut_all(inner, max_chars);
    }
}

fn cut(text: &mut String, max_chars: usize) {
    if let Some((at, _)) = text.char_indices().nth(max_chars) {
        text.truncate(at);
        text.push_str("\n...(truncated)...");
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use openclaw_store::NewEntry;

    use super::*;

    fn entry(body: &Value) -> Entry {
        Entry {
            seq: 7,
            entry: NewEntry {
                entry_id: "e".into(),
                run_id: Some("r".into()),
                at_ms: 5,
                body: to_raw_value(body).unwrap(),
            },
        }
    }

    fn v4(body: &Value, max_chars: usize) -> Value {
        let shown = show(&entry(body), Shape::V4 { max_chars }).unwrap();
        serde_json::from_str(shown.get()).unwrap()
    }

    #[test]
    fn the_older_generation_is_shown_what_is_kept() {
        let body = json!({"role":"user","content":[{"type":"text","text":"x".repeat(9000)}]});
        let shown = show(&entry(&body), Shape::V3).unwrap();
        assert_eq!(serde_json::from_str::<Value>(shown.get()).unwrap(), body);
    }

    #[test]
    fn the_newer_one_is_shown_ids_and_cut_texts() {
        let body = json!({"role":"user","content":[{"type":"text","text":"äöüß"},
            {"type":"image","data":"AAAA","mimeType":"image/png"}]});
        let shown = v4(&body, 3);
        assert_eq!(shown["content"][0]["text"], "äöü\n...(truncated)...");
        assert_eq!(shown["content"][1]["bytes"], 4);
        assert!(shown["content"][1].get("data").is_none());
        assert_eq!(
            shown["__openclaw"],
            json!({"id":"e","seq":7,"runId":"r","recordTimestampMs":5})
        );
        assert_eq!(v4(&body, 4)["content"][0]["text"], "äöüß");
    }

    #[test]
    fn what_is_too_large_leaves_a_mark() {
        let call = json!({"type":"toolCall","name":"x","arguments":{"a":"y".repeat(200_000)}});
        let body = json!({"role":"assistant","content":[call]});
        let shown = v4(&body, 8000);
        assert_eq!(shown["role"], "assistant");
        assert_eq!(shown["__openclaw"]["reason"], "oversized");
        assert_eq!(shown["__openclaw"]["seq"], 7);
        assert!(shown.to_string().len() < 1000);
    }

    #[test]
    fn summaries_are_marks_and_other_things_are_none() {
        let body = json!({"role":"compactionSummary","summary":"secret"});
        for shape in [Shape::V3, Shape::V4 { max_chars: 10 }] {
            let shown = show(&entry(&body), shape).unwrap();
            assert!(shown.get().contains("Compaction") && !shown.get().contains("secret"));
        }
        for body in [json!({"note":1}), json!([1]), json!("x"), json!({"role":1})] {
            assert!(show(&entry(&body), Shape::V3).is_none(), "{body}");
            assert!(!is_message(&entry(&body)));
        }
    }
}
