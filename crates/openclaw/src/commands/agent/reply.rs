//! The reply while it is written, from the events of its run.
//!
//! Events carry the whole text so far. After a tool a new text begins; `agent` events then start
//! over, and `chat` events of protocol 4 go on with the old one. The first kind that speaks is
//! followed to the end.

use openclaw_connect::EventMessage;
use openclaw_protocol::events::agent::{Agent, AgentStream};
use openclaw_protocol::events::chat::{Chat, ChatState};
use openclaw_protocol::id::SessionKey;

/// What was said so far.
#[derive(Debug)]
pub(super) struct Reply {
    run: String,
    source: Option<Source>,
    /// The text that is being written.
    text: String,
    /// Everything that was shown.
    shown: String,
    session: Option<SessionKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Agent,
    Chat,
}

impl Reply {
    /// Nothing yet of this run.
    pub(super) const fn new(run: String) -> Self {
        Self {
            run,
            source: None,
            text: String::new(),
            shown: String::new(),
            session: None,
        }
    }

    /// The run.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// Everything that was shown.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The session of the run, once an event named it.
    pub(super) const fn session(&self) -> Option<&SessionKey> {
        self.session.as_ref()
    }

    /// What is new with this event. Events of other runs, and those that cannot be read, say
    /// nothing.
    pub(super) fn take(&mut self, event: &EventMessage) -> Option<String> {
        if let Some(Ok(step)) = event.payload_of::<Agent>() {
            if step.run_id.as_str() != self.run {
                return None;
            }
            self.session = step.session_key.or(self.session.take());
            let text = step.data.get("text").and_then(|text| text.as_str())?;
            return (step.stream == AgentStream::Assistant)
                .then(|| self.grow(Source::Agent, text))
                .flatten();
        }
        let chat = event.payload_of::<Chat>()?.ok()?;
        if chat.run_id.as_str() != self.run {
            return None;
        }
        self.session = Some(chat.session_key);
        let speaks = matches!(chat.state, ChatState::Delta | ChatState::Final);
        let text = chat.message.filter(|_| speaks)?.plain_text();
        self.grow(Source::Chat, &text)
    }

    fn grow(&mut self, source: Source, text: &str) -> Option<String> {
        if *self.source.get_or_insert(source) != source {
            return None;
        }
        let new = if let Some(more) = text.strip_prefix(self.text.as_str()) {
            more.to_owned()
        } else if self.text.starts_with(text) {
            // An older state of the same text.
            return None;
        } else {
            format!("\n\n{text}")
        };
        text.clone_into(&mut self.text);
        self.shown.push_str(&new);
        (!new.is_empty()).then_some(new)
    }
}

#[cfg(test)]
mod tests {
    use openclaw_connect::EventMessage;
    use openclaw_protocol::frame::{self, Frame};
    use serde_json::{Value, json};

    use super::Reply;

    fn event(name: &str, payload: &Value) -> EventMessage {
        let text = json!({ "type": "event", "event": name, "payload": payload }).to_string();
        let Ok(Frame::Event(frame)) = frame::parse(&text) else {
            panic!("an event: {text}")
        };
        EventMessage::from(&frame)
    }

    fn said(run: &str, text: &str) -> EventMessage {
        let data = json!({ "text": text, "delta": "" });
        event(
            "agent",
            &json!({ "runId": run, "stream": "assistant", "data": data, "seq": 2, "ts": 1 }),
        )
    }

    fn chat(run: &str, text: &str) -> EventMessage {
        let message = json!({ "role": "assistant", "content": [{ "type": "text", "text": text }] });
        event(
            "chat",
            &json!({ "runId": run, "sessionKey": "agent:main:main", "seq": 2, "state": "delta", "message": message }),
        )
    }

    fn all(events: &[EventMessage]) -> (String, Reply) {
        let mut reply = Reply::new("r".to_owned());
        let text = events
            .iter()
            .filter_map(|event| reply.take(event))
            .collect();
        (text, reply)
    }

    #[test]
    fn only_what_is_new_is_shown_and_only_once() {
        let (text, reply) = all(&[
            said("r", "Hello"),
            chat("r", "Hello"),
            said("other", "no"),
            said("r", "Hello wörld"),
            said("r", "Hello"),
            chat("r", "Hello wörld"),
        ]);
        assert_eq!(text, "Hello wörld");
        assert_eq!(reply.shown(), text);
        assert_eq!(reply.session().unwrap().as_str(), "agent:main:main");
    }

    #[test]
    fn after_a_tool_a_new_text_begins() {
        let (text, _) = all(&[
            said("r", "Let me check."),
            said("r", "Done"),
            said("r", "Done."),
        ]);
        assert_eq!(text, "Let me check.\n\nDone.");
    }

    #[test]
    fn where_only_chat_events_come_they_are_followed() {
        let (text, _) = all(&[
            chat("r", "a"),
            chat("r", "ab"),
            said("r", "ab"),
            chat("r", "abc"),
        ]);
        assert_eq!(text, "abc");
    }

    #[test]
    fn strange_events_say_nothing() {
        let (text, reply) = all(&[
            event("agent", &json!({ "runId": "r" })),
            event("tick", &json!({ "ts": 1 })),
            event(
                "agent",
                &json!({ "runId": "r", "stream": "tool", "data": { "text": "x" }, "seq": 1, "ts": 1 }),
            ),
            event(
                "chat",
                &json!({ "runId": "r", "sessionKey": "k", "seq": 1, "state": "status", "phase": "p" }),
            ),
        ]);
        assert_eq!(text, "");
        assert_eq!(reply.session().unwrap().as_str(), "k");
    }
}
