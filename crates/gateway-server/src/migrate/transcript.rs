//! A transcript of the original: one JSON record a line, each with the id of the one before it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use openclaw_store::NewEntry;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

/// The longest line that is read.
const MAX_LINE: u64 = 64 * 1024 * 1024;
/// The largest transcript that is read.
const MAX_FILE: u64 = 512 * 1024 * 1024;

/// What a transcript holds.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    /// What is taken, in its order.
    pub(super) entries: Vec<NewEntry>,
    /// How many records are not.
    pub(super) left: u64,
    /// What cannot be read of it.
    pub(super) problem: Option<String>,
}

/// A record with its place in the conversation.
struct Record {
    id: String,
    parent: Option<String>,
    /// What is taken of it.
    body: Option<Value>,
}

/// Reads a transcript.
///
/// # Errors
///
/// Why nothing of it can be read.
pub(super) fn read(path: &Path, updated_at_ms: u64) -> Result<Transcript, String> {
    let failed = |error: std::io::Error| format!("its transcript cannot be read: {error}");
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > MAX_FILE {
        return Err(format!(
            "its transcript has {size} bytes; at most {MAX_FILE} are read"
        ));
    }
    let mut reader = BufReader::new(file);
    let (mut records, mut bad, mut number) = (Vec::new(), 0_u64, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        if read.map_err(failed)? == 0 {
            break;
        }
        number += 1;
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Value>(text) {
            Ok(value) if value.is_object() => records.push(record(value, number)),
            _ => bad += 1,
        }
    }
    Ok(path_of(records, bad, updated_at_ms))
}

fn record(value: Value, number: u64) -> Record {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_header = value["type"] == "session";
    let id = match text("id") {
        Some(id) if !is_header => id,
        _ => format!("line-{number}"),
    };
    let parent = text("parentId").filter(|_| !is_header);
    let body = match value["type"].as_str() {
        Some("message") => message(value),
        Some("compaction") => Some(json!({
            "role": "compactionSummary", "summary": value["summary"],
            "firstKeptEntryId": value["firstKeptEntryId"], "tokensBefore": value["tokensBefore"],
        })),
        _ => None,
    };
    Record { id, parent, body }
}

fn message(mut value: Value) -> Option<Value> {
    let message = value.get_mut("message")?.take();
    let known = ["user", "assistant", "toolResult"];
    let role = message.get("role")?.as_str()?;
    (known.contains(&role) && message.get("content").is_some()).then_some(message)
}

/// The way from the first record to the last one: what the conversation is. Others are branches
/// that it left. The oldest transcripts have no ids of records before: they are one way.
fn path_of(records: Vec<Record>, bad: u64, updated_at_ms: u64) -> Transcript {
    let total = records.len();
    let is_tree = records.iter().any(|record| record.parent.is_some());
    let mut on_path = vec![!is_tree; total];
    if is_tree {
        let at: HashMap<&str, usize> = records
            .iter()
            .enumerate()
            .map(|(at, record)| (record.id.as_str(), at))
            .collect();
        let mut next = total.checked_sub(1);
        while let Some(here) = next {
            if std::mem::replace(&mut on_path[here], true) {
                break;
            }
            let parent = records[here].parent.as_deref();
            next = parent.and_then(|parent| at.get(parent)).copied();
        }
    }
    let mut found = Transcript::default();
    let mut at_ms = 0;
    for (record, is_on) in records.into_iter().zip(on_path) {
        let Some(mut body) = record.body.filter(|_| is_on) else {
            found.left += 1;
            continue;
        };
        at_ms = match body["timestamp"].as_u64() {
            Some(at) => at,
            None if at_ms > 0 => at_ms,
            None => updated_at_ms,
        };
        body["timestamp"] = at_ms.into();
        match to_raw_value(&body) {
            Ok(body) => found.entries.push(NewEntry {
                entry_id: record.id,
                run_id: None,
                at_ms,
                body,
            }),
            Err(_) => found.left += 1,
        }
    }
    found.left += bad;
    if bad > 0 {
        found.problem = Some(format!("{bad} lines of its transcript are no JSON objects"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[Value]) -> Transcript {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        std::fs::write(&path, text.join("\n")).unwrap();
        read(&path, 99).unwrap()
    }

    fn said(id: &str, parent: Option<&str>, text: &str) -> Value {
        json!({"type": "message", "id": id, "parentId": parent,
            "message": {"role": "user", "content": [{"type": "text", "text": text}]}})
    }

    fn ids(transcript: &Transcript) -> Vec<&str> {
        let entries = transcript.entries.iter();
        entries.map(|entry| entry.entry_id.as_str()).collect()
    }

    #[test]
    fn the_way_to_the_last_record_is_the_conversation() {
        let found = of(&[
            json!({"type": "session", "version": 3, "id": "s"}),
            said("a", None, "one"),
            said("b", Some("a"), "left behind"),
            said("c", Some("a"), "two"),
            json!({"type": "custom", "id": "d", "parentId": "c"}),
            said("e", Some("d"), "three"),
        ]);
        assert_eq!(ids(&found), ["a", "c", "e"]);
        assert_eq!((found.left, found.problem), (3, None));
    }

    #[test]
    fn records_without_parents_are_one_way() {
        let line = |text: &str| json!({"type": "message", "message": {"role": "user", "content": text, "timestamp": 5}});
        let found = of(&[json!({"type": "session", "id": "s"}), line("a"), line("b")]);
        assert_eq!(ids(&found), ["line-2", "line-3"]);
        assert_eq!(found.entries[0].at_ms, 5);
    }

    #[test]
    fn a_circle_of_records_ends() {
        let found = of(&[said("a", Some("b"), "one"), said("b", Some("a"), "two")]);
        assert_eq!(ids(&found), ["a", "b"]);
    }

    #[test]
    fn what_is_no_message_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let ok = said("a", None, "hello");
        let odd =
            json!({"type": "message", "id": "b", "message": {"role": "wizard", "content": []}});
        let text = format!("{ok}\n{{broken\n[1]\n{odd}\n\n\u{fffd}");
        std::fs::write(&path, text).unwrap();
        let found = read(&path, 99).unwrap();
        assert_eq!(ids(&found), ["a"]);
        assert_eq!(found.entries[0].at_ms, 99, "as the index says");
        assert_eq!(found.left, 4);
        assert!(found.problem.unwrap().contains("3 lines"));
        assert!(read(dir.path(), 1).is_err());
    }

    #[test]
    fn summaries_are_taken() {
        let found = of(&[
            said("a", None, "one"),
            json!({"type": "compaction", "id": "b", "parentId": "a", "summary": "short",
                "firstKeptEntryId": "a", "tokensBefore": 7}),
        ]);
        let body: Value = serde_json::from_str(found.entries[1].body.get()).unwrap();
        assert_eq!(body["role"], "compactionSummary");
        assert_eq!(body["firstKeptEntryId"], "a");
    }
}
