//! Events of a run in protocol 3.

use std::time::Duration;

use openclaw_agent::run::RunEvent;
use openclaw_protocol::Generation;
use openclaw_protocol::events::agent::{AgentPayload, AgentStream};
use openclaw_protocol::events::chat::{ChatPayload, ChatState};
use openclaw_protocol::id::{RunId, SessionKey};
use openclaw_protocol::methods::chat::message::ChatMessage;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::stage::{Stage, To};
use super::text::Piece;
use super::tool_shape::{arguments, meta, object, partial, result};
use super::{About, Ended, Verbose};
use crate::clock::now_ms;
use crate::runs::EndKind;

/// `chat` deltas of one run are at least this far apart.
const SPACING: Duration = Duration::from_millis(150);

/// Tells a run to clients of protocol 3.
#[derive(Debug, Default)]
pub(super) struct Teller {
    seq: u64,
    chat_at: Option<Instant>,
}

impl Teller {
    pub(super) const fn seq(&self) -> u64 {
        self.seq
    }

    fn agent(
        &mut self,
        stage: &dyn Stage,
        about: &About,
        to: Option<To<'_>>,
        stream: AgentStream,
        data: Value,
    ) {
        // What is held back takes a number all the same.
        self.seq += 1;
        let Some(to) = to else { return };
        let run = RunId::from(about.run_id.as_str());
        let mut payload = AgentPayload::new(run, self.seq, stream, now_ms(), object(data));
        payload.session_key = Some(SessionKey::from(about.session_key.as_str()));
        stage.agent(Generation::V3, to, &payload);
    }

    fn chat(&self, about: &About, seq: u64, state: ChatState) -> ChatPayload {
        ChatPayload::new(
            RunId::from(about.run_id.as_str()),
            SessionKey::from(about.session_key.as_str()),
            seq,
            state,
        )
    }

    pub(super) fn on(
        &mut self,
        stage: &dyn Stage,
        about: &About,
        event: &RunEvent<'_>,
        now_ms: u64,
    ) {
        match event {
            RunEvent::Started => {
                let data = json!({ "phase": "start", "startedAt": now_ms });
                self.agent(stage, about, Some(To::All), AgentStream::Lifecycle, data);
            }
            RunEvent::ToolStarted { call } => {
                let data = json!({
                    "phase": "start", "name": call.name, "toolCallId": call.id,
                    "args": arguments(call),
                });
                self.agent(stage, about, tools(about), AgentStream::Tool, data);
            }
            RunEvent::ToolUpdate { call, output } => {
                let mut data =
                    json!({ "phase": "update", "name": call.name, "toolCallId": call.id });
                if about.verbose == Verbose::Full {
                    data["partialResult"] = partial(output);
                }
                self.agent(stage, about, tools(about), AgentStream::Tool, data);
            }
            RunEvent::ToolEnded {
                call,
                result: given,
                ..
            } => {
                let mut data = json!({
                    "phase": "result", "name": call.name, "toolCallId": call.id,
                    "isError": given.is_error,
                });
                if let Some(meta) = meta(call) {
                    data["meta"] = meta.into();
                }
                if about.verbose == Verbose::Full {
                    data["result"] = result(given);
                }
                self.agent(stage, about, tools(about), AgentStream::Tool, data);
            }
            RunEvent::Compacting => {
                let data = json!({ "phase": "start" });
                self.agent(stage, about, Some(To::All), AgentStream::Compaction, data);
            }
            RunEvent::Compacted(_) => {
                let data = json!({ "phase": "end", "willRetry": false });
                self.agent(stage, about, Some(To::All), AgentStream::Compaction, data);
            }
            _ => {}
        }
    }

    pub(super) fn text(&mut self, stage: &dyn Stage, about: &About, piece: &Piece) {
        if piece.text.is_empty() {
            return;
        }
        let data = json!({ "text": piece.text, "delta": piece.delta });
        self.agent(stage, about, Some(To::All), AgentStream::Assistant, data);
        let is_due = self
            .chat_at
            .is_none_or(|at| piece.now.saturating_duration_since(at) >= SPACING);
        if is_due {
            self.chat_at = Some(piece.now);
            let mut payload = self.chat(about, self.seq, ChatState::Delta);
            payload.message = Some(ChatMessage::text("assistant", &piece.text, now_ms()));
            stage.chat(Generation::V3, &payload);
        }
    }

    pub(super) fn aborted(&mut self, stage: &dyn Stage, about: &About, reason: &str) {
        self.seq += 1;
        let mut payload = self.chat(about, self.seq, ChatState::Aborted);
        payload.stop_reason = Some(reason.to_owned());
        stage.chat(Generation::V3, &payload);
    }

    pub(super) fn ended(&mut self, stage: &dyn Stage, about: &About, ended: &Ended) {
        if ended.is_command {
            let mut payload = self.chat(about, 0, ChatState::Final);
            payload.message = Some(super::text_message(ended.said(), ended.ended_at_ms, true));
            stage.chat(Generation::V3, &payload);
            return;
        }
        let data = json!({ "phase": "end", "endedAt": ended.ended_at_ms });
        self.agent(stage, about, Some(To::All), AgentStream::Lifecycle, data);
        let mut payload = self.chat(about, self.seq, ChatState::Final);
        // A failure ends in `final` there too; the reason is told as text, or nobody would see it.
        if !ended.said().is_empty() {
            payload.message = Some(super::text_message(ended.said(), ended.ended_at_ms, false));
        }
        if ended.kind == EndKind::Error {
            payload.error_message.clone_from(&ended.error);
        }
        stage.chat(Generation::V3, &payload);
    }
}

/// Who hears of tools: the connection that asked, where the session shows them at all.
fn tools(about: &About) -> Option<To<'_>> {
    match (&about.asker, about.verbose) {
        (Some(asker), Verbose::On | Verbose::Full) => Some(To::Asker(asker)),
        (_, Verbose::Off) | (None, _) => None,
    }
}
