//! Between messages of the agent and entries of transcripts.
//!
//! An entry has the form that both original releases keep and `chat.history` shows: `role`,
//! `content`, `timestamp`, and for the assistant `api`, `provider`, `model`, `usage`,
//! `stopReason`.

use openclaw_agent::compaction;
use openclaw_agent::message::{AssistantMessage, Message};
use openclaw_agent::model::{ModelRef, StopReason, Usage};
use openclaw_store::{Entry, NewEntry};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

/// The conversation of a session, as a run begins with it.
#[derive(Debug, Default)]
pub(super) struct History {
    /// What the model is shown.
    pub(super) messages: Vec<Message>,
    /// The entry behind each of them, in the same order. A summary has none.
    pub(super) entries: Vec<Option<String>>,
}

/// Role of an entry that sums up what stands before it.
const SUMMARY: &str = "compactionSummary";

/// An entry with a body.
pub(super) fn entry(
    entry_id: impl Into<String>,
    run_id: &str,
    at_ms: u64,
    body: &Value,
) -> Option<NewEntry> {
    Some(NewEntry {
        entry_id: entry_id.into(),
        run_id: Some(run_id.to_owned()),
        at_ms,
        body: to_raw_value(body).ok()?,
    })
}

/// A message as it is kept.
pub(super) fn body(message: &Message, at_ms: u64, api: Option<&str>) -> Value {
    let mut body = match serde_json::to_value(message) {
        Ok(Value::Object(body)) => body,
        _ => Map::new(),
    };
    if let Message::Assistant(said) = message {
        shape(&mut body, said, api);
    }
    body.insert("timestamp".to_owned(), at_ms.into());
    Value::Object(body)
}

fn shape(body: &mut Map<String, Value>, said: &AssistantMessage, api: Option<&str>) {
    let (provider, model) = match &said.model {
        Some(model) => (model.provider.as_str(), model.model.as_str()),
        None => ("openclaw", "gateway-injected"),
    };
    if let Some(api) = api {
        body.insert("api".to_owned(), api.into());
    }
    body.insert("provider".to_owned(), provider.into());
    body.insert("model".to_owned(), model.into());
    let Usage {
        input,
        output,
        cache_read,
        cache_write,
    } = said.usage;
    let usage = json!({
        "input": input, "output": output, "cacheRead": cache_read, "cacheWrite": cache_write,
        "totalTokens": said.usage.total(),
    });
    body.insert("usage".to_owned(), usage);
}

/// What a command answered: shown to people, and not to models.
pub(super) fn injected(text: &str, at_ms: u64) -> Value {
    json!({
        "role": "assistant", "content": [{ "type": "text", "text": text }],
        "provider": "openclaw", "model": "gateway-injected", "stopReason": "injected",
        "timestamp": at_ms,
    })
}

/// A command as it was given: shown to people, and not to models.
pub(super) fn command(text: &str, at_ms: u64) -> Value {
    json!({
        "role": "user", "content": [{ "type": "text", "text": text }], "command": true,
        "timestamp": at_ms,
    })
}

/// A summary of what stands before the entry `first_kept`.
pub(super) fn summary(
    text: &str,
    first_kept: Option<&str>,
    tokens_before: u64,
    at_ms: u64,
) -> Value {
    json!({
        "role": SUMMARY, "summary": text, "firstKeptEntryId": first_kept,
        "tokensBefore": tokens_before, "timestamp": at_ms,
    })
}

/// The conversation that a transcript holds. Entries of other programs that cannot be read are
/// passed over.
pub(super) fn history(entries: &[Entry]) -> History {
    let bodies: Vec<(&str, Value)> = entries
        .iter()
        .filter_map(|one| {
            let body = serde_json::from_str(one.entry.body.get()).ok()?;
            Some((one.entry.entry_id.as_str(), body))
        })
        .collect();
    let mut history = History::default();
    let mut from = 0;
    if let Some((at, (_, body))) = bodies
        .iter()
        .enumerate()
        .rev()
        .find(|(_, (_, body))| body["role"] == SUMMARY)
    {
        let first = body["firstKeptEntryId"].as_str();
        let kept = bodies.iter().position(|(id, _)| Some(*id) == first);
        from = kept.unwrap_or(at);
        history.messages.push(compaction::as_message(
            body["summary"].as_str().unwrap_or_default(),
        ));
        history.entries.push(None);
    }
    for (id, body) in &bodies[from..] {
        if let Some(message) = read(body) {
            history.messages.push(message);
            history.entries.push(Some((*id).to_owned()));
        }
    }
    history
}

/// The message of an entry, if models are shown it.
fn read(body: &Value) -> Option<Message> {
    let mut body = body.clone();
    let members = body.as_object_mut()?;
    if members.get("command").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    if let Some(Value::String(text)) = members.get("content") {
        let content = json!([{ "type": "text", "text": text }]);
        members.insert("content".to_owned(), content);
    }
    let role = members.get("role")?.as_str()?.to_owned();
    if role == "assistant" {
        let word = members.get("stopReason").and_then(Value::as_str);
        if members.get("provider").and_then(Value::as_str) == Some("openclaw")
            && word == Some("injected")
        {
            // `chat.inject` puts words into the conversation; a command's answer is none of it.
            if members.get("model").and_then(Value::as_str) == Some("gateway-injected")
                && !members.contains_key("label")
            {
                return None;
            }
        }
        let stop = word
            .and_then(|word| serde_json::from_value::<StopReason>(word.into()).ok())
            .unwrap_or(StopReason::Stop);
        members.insert("stopReason".to_owned(), serde_json::to_value(stop).ok()?);
        let provider = members.get("provider").and_then(Value::as_str);
        let model = members.get("model").and_then(Value::as_str);
        let reference = provider
            .zip(model)
            .filter(|(provider, _)| *provider != "openclaw")
            .map(|(provider, model)| ModelRef::new(provider, model).to_string());
        match reference {
            Some(reference) => members.insert("model".to_owned(), reference.into()),
            None => members.remove("model"),
        };
        let count = |members: &Map<String, Value>, key: &str| {
            members
                .get("usage")
                .and_then(|usage| usage.get(key)?.as_u64())
        };
        let usage = json!({
            "input": count(members, "input").unwrap_or(0),
            "output": count(members, "output").unwrap_or(0),
            "cacheRead": count(members, "cacheRead").unwrap_or(0),
            "cacheWrite": count(members, "cacheWrite").unwrap_or(0),
        });
        members.insert("usage".to_owned(), usage);
    }
    serde_json::from_value(body).ok()
}

#[cfg(test)]
mod tests {
    use openclaw_agent::message::{AssistantBlock, ToolCall};

    use super::*;

    fn kept(id: &str, body: &Value) -> Entry {
        Entry {
            seq: 1,
            entry: entry(id, "r", 1, body).unwrap(),
        }
    }

    fn said(text: &str) -> Message {
        Message::Assistant(AssistantMessage {
            content: vec![
                AssistantBlock::Text { text: text.into() },
                AssistantBlock::ToolCall(ToolCall {
                    id: "c".into(),
                    name: "exec".into(),
                    arguments: r#"{"command":"date"}"#.into(),
                }),
            ],
            model: Some(ModelRef::new("fake", "a/b")),
            usage: Usage {
                input: 10,
                output: 5,
                ..Usage::default()
            },
            stop_reason: StopReason::ToolUse,
        })
    }

    #[test]
    fn a_message_is_kept_as_the_originals_keep_it_and_read_again() {
        let message = said("hi");
        let body = body(&message, 7, Some("openai-completions"));
        assert_eq!(body["provider"], "fake");
        assert_eq!(body["model"], "a/b");
        assert_eq!(body["usage"]["totalTokens"], 15);
        assert_eq!(body["stopReason"], "toolUse");
        assert_eq!(body["timestamp"], 7);
        let history = history(&[kept("1", &body)]);
        assert_eq!(history.messages, [message]);
    }

    #[test]
    fn commands_and_their_answers_are_not_shown_to_models() {
        let bodies = [
            command("/status", 1),
            injected("all is well", 1),
            body(&Message::user("hi"), 1, None),
            json!({ "role": "assistant", "content": "as plain text", "stopReason": "stop" }),
            json!({ "role": "something new" }),
            json!("no object"),
        ];
        let entries: Vec<Entry> = bodies
            .iter()
            .enumerate()
            .map(|(at, body)| kept(&at.to_string(), body))
            .collect();
        let history = history(&entries);
        assert_eq!(history.messages.len(), 2);
        assert_eq!(
            history.entries,
            [Some("2".to_owned()), Some("3".to_owned())]
        );
    }

    #[test]
    fn a_summary_stands_for_what_was_before_it() {
        let user = |text: &str| body(&Message::user(text), 1, None);
        let entries = [
            kept("a", &user("old")),
            kept("b", &user("kept")),
            kept("c", &summary("it was long", Some("b"), 9, 1)),
            kept("d", &user("new")),
        ];
        let history = history(&entries);
        assert_eq!(history.entries, [None, Some("b".into()), Some("d".into())]);
        let lost = summary("all", Some("gone"), 9, 1);
        let entries = [
            kept("a", &user("old")),
            kept("c", &lost),
            kept("d", &user("new")),
        ];
        assert_eq!(super::history(&entries).entries, [None, Some("d".into())]);
    }
}
