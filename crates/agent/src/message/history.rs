//! Making a conversation one that every provider accepts.

use std::collections::{HashMap, HashSet};

use super::{AssistantBlock, Message, ToolCall, ToolResultMessage};

/// What a model is told about a call whose answer was never recorded.
pub const UNKNOWN_OUTCOME: &str = "The outcome of this call is unknown: it was begun, and its \
answer was lost when the Gateway stopped. It may or may not have taken effect. Do not repeat it \
blindly; look first at what it did, or ask the user.";

/// The calls of the last reply that no result answers, in their order: where a run goes on.
pub fn unanswered(messages: &[Message]) -> Vec<ToolCall> {
    let Some(last) = messages
        .iter()
        .rposition(|one| matches!(one, Message::Assistant(_)))
    else {
        return Vec::new();
    };
    let Message::Assistant(reply) = &messages[last] else {
        return Vec::new();
    };
    let after = &messages[last + 1..];
    if after.iter().any(|one| matches!(one, Message::User(_))) {
        return Vec::new();
    }
    let answered: HashSet<&str> = results(after)
        .map(|one| one.tool_call_id.as_str())
        .collect();
    reply
        .calls()
        .filter(|call| !answered.contains(call.id.as_str()))
        .cloned()
        .collect()
}

/// The conversation with every call answered right after it and every answer belonging to a call.
///
/// A call without an answer gets [`UNKNOWN_OUTCOME`]; an answer without a call, or a second one,
/// is left out; so are empty texts, and replies that say nothing.
pub fn well_formed(messages: &[Message]) -> Vec<Message> {
    let mut out: Vec<Message> = Vec::with_capacity(messages.len());
    for (at, message) in messages.iter().enumerate() {
        match message {
            Message::ToolResult(_) => {}
            Message::User(user) => {
                let mut user = user.clone();
                user.content.retain(|piece| piece.len_bytes() > 0);
                if !user.content.is_empty() {
                    out.push(Message::User(user));
                }
            }
            Message::Assistant(reply) => {
                let mut reply = reply.clone();
                let mut seen = HashSet::new();
                reply.content.retain(|block| match block {
                    AssistantBlock::Text { text } => !text.is_empty(),
                    AssistantBlock::Thinking { .. } => true,
                    AssistantBlock::ToolCall(call) => seen.insert(call.id.clone()),
                });
                let says_something = reply
                    .content
                    .iter()
                    .any(|block| !matches!(block, AssistantBlock::Thinking { .. }));
                if !says_something {
                    continue;
                }
                let until = messages[at + 1..]
                    .iter()
                    .position(|one| matches!(one, Message::Assistant(_)))
                    .map_or(messages.len(), |next| at + 1 + next);
                let mut answers = HashMap::new();
                for result in results(&messages[at + 1..until]) {
                    answers
                        .entry(result.tool_call_id.as_str())
                        .or_insert(result);
                }
                let calls: Vec<ToolCall> = reply.calls().cloned().collect();
                out.push(Message::Assistant(reply));
                for call in calls {
                    out.push(Message::ToolResult(match answers.get(call.id.as_str()) {
                        Some(&result) => result.clone(),
                        None => ToolResultMessage::error(&call, UNKNOWN_OUTCOME),
                    }));
                }
            }
        }
    }
    out
}

fn results(messages: &[Message]) -> impl Iterator<Item = &ToolResultMessage> {
    messages.iter().filter_map(|one| match one {
        Message::ToolResult(result) => Some(result),
        Message::User(_) | Message::Assistant(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{AssistantMessage, Content};
    use crate::model::{StopReason, Usage};

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: id.into(),
            name: "exec".into(),
            arguments: "{}".into(),
        }
    }

    fn calls(ids: &[&str]) -> Message {
        Message::Assistant(AssistantMessage {
            content: ids
                .iter()
                .map(|id| AssistantBlock::ToolCall(call(id)))
                .collect(),
            model: None,
            usage: Usage::default(),
            stop_reason: StopReason::ToolUse,
        })
    }

    fn answer(id: &str, text: &str) -> Message {
        let mut result = ToolResultMessage::error(&call(id), text);
        result.is_error = false;
        Message::ToolResult(result)
    }

    #[test]
    fn a_lost_answer_is_said_to_be_unknown() {
        let out = well_formed(&[Message::user("go"), calls(&["a", "b"]), answer("b", "ok")]);
        assert_eq!(out.len(), 4);
        let Message::ToolResult(first) = &out[2] else {
            panic!("{out:?}")
        };
        assert_eq!(first.tool_call_id, "a");
        assert!(first.is_error);
        assert_eq!(first.content, [Content::text(UNKNOWN_OUTCOME)]);
        assert_eq!(out[3], answer("b", "ok"));
    }

    #[test]
    fn answers_that_belong_to_nothing_are_left_out() {
        let out = well_formed(&[
            answer("x", "orphan"),
            Message::user("go"),
            calls(&["a"]),
            answer("a", "first"),
            answer("a", "second"),
            answer("z", "orphan"),
        ]);
        assert_eq!(
            out,
            [Message::user("go"), calls(&["a"]), answer("a", "first")]
        );
    }

    #[test]
    fn an_answer_comes_before_what_was_said_meanwhile() {
        let out = well_formed(&[calls(&["a"]), Message::user("wait"), answer("a", "ok")]);
        assert_eq!(
            out,
            [calls(&["a"]), answer("a", "ok"), Message::user("wait")]
        );
    }

    #[test]
    fn emptiness_is_left_out() {
        let out = well_formed(&[Message::user(""), calls(&[]), Message::user("hi")]);
        assert_eq!(out, [Message::user("hi")]);
    }

    #[test]
    fn a_run_goes_on_where_calls_are_open() {
        let open = unanswered(&[calls(&["a", "b"]), answer("a", "ok")]);
        assert_eq!(open, [call("b")]);
        assert!(unanswered(&[calls(&["a"]), answer("a", "ok")]).is_empty());
        assert!(unanswered(&[calls(&["a"]), Message::user("never mind")]).is_empty());
        assert!(unanswered(&[Message::user("hi")]).is_empty());
    }
}
