//! Events of a run in protocol 4.

use std::time::Duration;

use openclaw_agent::message::ToolCall;
use openclaw_agent::model::{ModelError, ModelRef};
use openclaw_agent::run::RunEvent;
use openclaw_protocol::Generation;
use openclaw_protocol::events::agent::{AgentPayload, AgentStream};
use openclaw_protocol::events::chat::{ChatPayload, ChatState};
use openclaw_protocol::id::{AgentId, RunId, SessionId, SessionKey};
use openclaw_protocol::methods::chat::message::ChatMessage;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::stage::{Stage, To};
use super::text::Piece;
use super::tool_shape::{arguments, bears_command, meta, object, partial, plain, result, title};
use super::{About, Ended};
use crate::clock::{as_millis, now_ms};
use crate::runs::EndKind;

/// `chat` deltas of one run are at least this far apart.
const SPACING: Duration = Duration::from_millis(75);

/// Tells a run to clients of protocol 4.
#[derive(Debug)]
pub(super) struct Teller {
    seq: u64,
    /// Of this try of the model.
    item: Uuid,
    chat_at: Option<Instant>,
    /// What `chat` told so far.
    chat_told: String,
    /// Text of the answer under way that was not followed by a tool yet.
    preamble: String,
    preambles: u32,
    /// Tokens written so far that were not told.
    usage: Option<u64>,
    /// The model failed and is asked again.
    is_retry: bool,
    model: Option<ModelRef>,
    used_tools: bool,
    tool_started_ms: u64,
    started_at_ms: u64,
}

impl Default for Teller {
    fn default() -> Self {
        Self {
            seq: 0,
            item: Uuid::new_v4(),
            chat_at: None,
            chat_told: String::new(),
            preamble: String::new(),
            preambles: 0,
            usage: None,
            is_retry: false,
            model: None,
            used_tools: false,
            tool_started_ms: 0,
            started_at_ms: 0,
        }
    }
}

impl Teller {
    pub(super) const fn seq(&self) -> u64 {
        self.seq
    }

    fn payload(&mut self, about: &About, stream: AgentStream, data: Value) -> AgentPayload {
        self.seq += 1;
        let run = RunId::from(about.run_id.as_str());
        let is_lifecycle = stream == AgentStream::Lifecycle;
        let mut payload = AgentPayload::new(run, self.seq, stream, now_ms(), object(data));
        payload.session_key = Some(SessionKey::from(about.session_key.as_str()));
        payload.agent_id = Some(AgentId::from(about.agent_id.as_str()));
        if is_lifecycle {
            payload.session_id = Some(SessionId::from(about.session_id.as_str()));
        }
        if !about.is_agent_call {
            payload.is_heartbeat = Some(about.is_heartbeat);
        }
        payload
    }

    fn agent(&mut self, stage: &dyn Stage, about: &About, stream: AgentStream, data: Value) {
        let payload = self.payload(about, stream, data);
        stage.agent(Generation::V4, To::All, &payload);
    }

    fn tool(&mut self, stage: &dyn Stage, about: &About, data: Value) {
        let payload = self.payload(about, AgentStream::Tool, data);
        stage.agent(Generation::V4, To::ToolWatchers, &payload);
    }

    fn chat(&self, about: &About, state: ChatState) -> ChatPayload {
        let mut payload = ChatPayload::new(
            RunId::from(about.run_id.as_str()),
            SessionKey::from(about.session_key.as_str()),
            self.seq,
            state,
        );
        payload.agent_id = Some(AgentId::from(about.agent_id.as_str()));
        payload
    }

    /// How far the run is: for chats, in both events, with one number.
    fn status(&mut self, stage: &dyn Stage, about: &About, phase: &str, data: Value) {
        if about.is_agent_call {
            return;
        }
        let payload = self.payload(about, AgentStream::RunStatus, data);
        let mut chat = self.chat(about, ChatState::Status);
        chat.phase = Some(phase.to_owned());
        stage.chat(Generation::V4, &chat);
        stage.agent(Generation::V4, To::All, &payload);
    }

    fn phase(&mut self, stage: &dyn Stage, about: &About, phase: &str) {
        self.status(stage, about, phase, json!({ "phase": phase }));
    }

    fn lifecycle(&mut self, stage: &dyn Stage, about: &About, data: Value) {
        self.agent(stage, about, AgentStream::Lifecycle, data);
    }

    pub(super) fn preparing(&mut self, stage: &dyn Stage, about: &About, _now_ms: u64) {
        self.phase(stage, about, "preparing_workspace");
        self.phase(stage, about, "preparing_context");
    }

    pub(super) fn on(
        &mut self,
        stage: &dyn Stage,
        about: &About,
        event: &RunEvent<'_>,
        now_ms: u64,
    ) {
        match event {
            RunEvent::Started => self.started(stage, about, now_ms),
            RunEvent::Asking { model } => self.asking(stage, about, model, now_ms),
            RunEvent::Usage(usage) => self.usage = Some(usage.output),
            RunEvent::Retrying {
                attempt,
                attempts,
                wait,
                error,
            } => {
                self.failed(stage, about, error, now_ms);
                let (retry, most) = (attempt.saturating_sub(1), attempts.saturating_sub(1));
                let wait_ms = as_millis(*wait);
                let seconds = wait_ms.div_ceil(1000);
                let data = json!({
                    "phase": "retrying",
                    "message": format!(
                        "The model is not available ({}). Trying again in {seconds} s ({retry}/{most}).",
                        error.fault.code()
                    ),
                    "retryAttempt": retry, "maxRetries": most, "delayMs": wait_ms,
                    "attempt": attempt, "maxAttempts": attempts, "reason": error.fault.code(),
                });
                self.status(stage, about, "starting_model", data);
                self.is_retry = true;
            }
            RunEvent::FallingBack { error, .. } => {
                self.failed(stage, about, error, now_ms);
                self.is_retry = true;
            }
            RunEvent::ToolStarted { call } => self.tool_started(stage, about, call, now_ms),
            RunEvent::ToolUpdate { call, output } => {
                let data = json!({
                    "phase": "update", "name": call.name, "toolCallId": call.id,
                    "partialResult": partial(output),
                });
                self.tool(stage, about, data);
                let item = tool_item(call, "update", "running");
                self.agent(stage, about, AgentStream::Item, item);
                if bears_command(call) {
                    let mut data = command_item(call, "delta", "running");
                    data["output"] = plain(&output.content).trim_end().into();
                    self.agent(stage, about, AgentStream::CommandOutput, data);
                }
            }
            RunEvent::ToolEnded {
                call,
                result: given,
                took,
            } => {
                let mut data = json!({
                    "phase": "result", "name": call.name, "toolCallId": call.id,
                    "isError": given.is_error, "result": result(given),
                });
                if let Some(meta) = meta(call) {
                    data["meta"] = meta.into();
                }
                if bears_command(call) {
                    data["commandBearing"] = true.into();
                }
                self.tool(stage, about, data);
                let status = if given.is_error {
                    "failed"
                } else {
                    "completed"
                };
                let mut item = tool_item(call, "end", status);
                item["startedAt"] = self.tool_started_ms.into();
                item["endedAt"] = now_ms.into();
                self.agent(stage, about, AgentStream::Item, item);
                if bears_command(call) {
                    let mut data = command_item(call, "end", status);
                    data["output"] = plain(&given.content).into();
                    data["durationMs"] = as_millis(*took).into();
                    for key in ["exitCode", "cwd"] {
                        let value = given.details.as_ref().and_then(|details| details.get(key));
                        if let Some(value) = value {
                            data[key] = value.clone();
                        }
                    }
                    self.agent(stage, about, AgentStream::CommandOutput, data);
                }
            }
            RunEvent::Compacting => {
                let data = json!({ "phase": "start" });
                self.agent(stage, about, AgentStream::Compaction, data);
            }
            RunEvent::Compacted(_) => {
                let data = json!({ "phase": "end", "completed": true, "willRetry": false });
                self.agent(stage, about, AgentStream::Compaction, data);
            }
            _ => {}
        }
    }

    fn started(&mut self, stage: &dyn Stage, about: &About, now_ms: u64) {
        self.started_at_ms = now_ms;
        let data = json!({ "phase": "start", "startedAt": now_ms });
        self.lifecycle(stage, about, data);
        self.phase(stage, about, "starting_model");
    }

    fn asking(&mut self, stage: &dyn Stage, about: &About, model: &ModelRef, now_ms: u64) {
        self.tell_usage(stage, about);
        self.preamble.clear();
        if std::mem::take(&mut self.is_retry) {
            self.item = Uuid::new_v4();
            let data = json!({
                "itemId": format!("{}:1", self.item), "text": "", "delta": "", "replace": true,
            });
            self.agent(stage, about, AgentStream::Assistant, data);
            self.phase(stage, about, "preparing_context");
            let data = json!({ "phase": "start", "startedAt": now_ms });
            self.lifecycle(stage, about, data);
            self.phase(stage, about, "starting_model");
        }
        self.model = Some(model.clone());
        self.tell_model(stage, about);
    }

    fn tell_model(&mut self, stage: &dyn Stage, about: &About) {
        let Some(model) = &self.model else { return };
        let data = json!({ "phase": "model", "provider": model.provider, "model": model.model });
        self.lifecycle(stage, about, data);
    }

    fn tell_usage(&mut self, stage: &dyn Stage, about: &About) {
        if let Some(output) = self.usage.take() {
            let data = json!({ "outputTokens": output });
            self.agent(stage, about, AgentStream::Usage, data);
        }
    }

    fn failed(&mut self, stage: &dyn Stage, about: &About, error: &ModelError, now_ms: u64) {
        self.usage = None;
        let data = json!({
            "phase": "finishing", "error": error.to_string(),
            "errorObservation": {
                "provider": error.model.provider, "model": error.model.model,
                "failoverReason": error.fault.code(),
            },
            "aborted": false, "livenessState": "blocked", "endedAt": now_ms,
        });
        self.lifecycle(stage, about, data);
    }

    fn tool_started(&mut self, stage: &dyn Stage, about: &About, call: &ToolCall, now_ms: u64) {
        self.used_tools = true;
        self.tool_started_ms = now_ms;
        let preamble = std::mem::take(&mut self.preamble);
        if preamble.trim().is_empty() {
            self.tell_usage(stage, about);
        } else {
            let id = format!("commentary-{}-{}", self.preambles, self.item.simple());
            self.preambles += 1;
            let item = |phase: &str| {
                json!({
                    "kind": "preamble", "title": "Preamble", "phase": phase,
                    "progressText": preamble.trim(), "itemId": id,
                })
            };
            self.agent(stage, about, AgentStream::Item, item("update"));
            self.tell_usage(stage, about);
            self.agent(stage, about, AgentStream::Item, item("end"));
        }
        let mut item = tool_item(call, "start", "running");
        item["startedAt"] = now_ms.into();
        self.agent(stage, about, AgentStream::Item, item);
        let data = json!({
            "phase": "start", "name": call.name, "toolCallId": call.id, "args": arguments(call),
        });
        self.tool(stage, about, data);
    }

    pub(super) fn text(&mut self, stage: &dyn Stage, about: &About, piece: &Piece) {
        self.preamble.clone_from(&piece.text);
        // What a new try takes back is told when it begins.
        if !(piece.replace && piece.text.is_empty()) {
            let mut data = json!({
                "text": piece.text, "delta": piece.delta,
                "itemId": format!("{}:{}", self.item, piece.answer),
            });
            if piece.replace {
                data["replace"] = true.into();
            }
            self.agent(stage, about, AgentStream::Assistant, data);
        }
        let is_due = self
            .chat_at
            .is_none_or(|at| piece.now.saturating_duration_since(at) >= SPACING);
        if !is_due || piece.all == self.chat_told || piece.all.is_empty() {
            return;
        }
        self.chat_at = Some(piece.now);
        let mut payload = self.chat(about, ChatState::Delta);
        match piece.all.strip_prefix(self.chat_told.as_str()) {
            Some(more) => payload.delta_text = Some(more.to_owned()),
            None => {
                payload.delta_text = Some(piece.all.clone());
                payload.replace = Some(true);
            }
        }
        payload.message = Some(ChatMessage::text("assistant", &piece.all, now_ms()));
        self.chat_told.clone_from(&piece.all);
        stage.chat(Generation::V4, &payload);
    }

    pub(super) fn aborted(
        &mut self,
        stage: &dyn Stage,
        about: &About,
        reason: &str,
        shown: &str,
        started_at_ms: u64,
        now_ms: u64,
    ) {
        let mut payload = self.chat(about, ChatState::Aborted);
        payload.seq = self.seq + 1;
        payload.stop_reason = Some(reason.to_owned());
        if !shown.is_empty() {
            payload.message = Some(ChatMessage::text("assistant", shown, now_ms));
        }
        stage.chat(Generation::V4, &payload);
        let data = json!({
            "phase": "end", "status": "cancelled", "aborted": true, "stopReason": reason,
            "startedAt": started_at_ms, "endedAt": now_ms,
        });
        self.lifecycle(stage, about, data);
    }

    /// A run that was ended before its time has come to rest.
    pub(super) fn settled(&mut self, stage: &dyn Stage, about: &About, ended: &Ended) {
        self.tell_model(stage, about);
        self.no_model(stage, about);
        let data = json!({
            "phase": "error", "endedAt": ended.ended_at_ms, "startedAt": self.started_at_ms,
            "error": "The run was stopped", "aborted": true, "stopReason": "aborted",
            "executionSettled": true,
        });
        self.lifecycle(stage, about, data);
    }

    fn no_model(&mut self, stage: &dyn Stage, about: &About) {
        let data = json!({ "phase": "model", "provider": null, "model": null });
        let mut payload = self.payload(about, AgentStream::Lifecycle, data);
        if !about.is_agent_call {
            payload.lane = Some("main".to_owned());
        }
        stage.agent(Generation::V4, To::All, &payload);
    }

    pub(super) fn ended(&mut self, stage: &dyn Stage, about: &About, ended: &Ended, shown: &str) {
        if ended.is_command {
            let mut payload = self.chat(about, ChatState::Final);
            payload.message = Some(super::text_message(ended.said(), ended.ended_at_ms, true));
            stage.chat(Generation::V4, &payload);
            return;
        }
        self.tell_usage(stage, about);
        let at = ended.ended_at_ms;
        if ended.kind == EndKind::Error {
            let error = ended.error.clone().unwrap_or_default();
            let kind = ended.error_kind.clone();
            let data = json!({
                "phase": "finishing", "error": error, "aborted": false,
                "livenessState": "blocked", "endedAt": at,
            });
            self.lifecycle(stage, about, data);
            self.no_model(stage, about);
            let data = json!({
                "phase": "error", "error": error, "aborted": false, "stopReason": "error",
                "startedAt": self.started_at_ms, "endedAt": at, "executionSettled": true,
            });
            self.lifecycle(stage, about, data);
            let mut payload = self.chat(about, ChatState::Error);
            payload.error_message = Some(error);
            payload.error_kind = kind;
            if !shown.is_empty() {
                payload.message = Some(ChatMessage::text("assistant", shown, at));
            }
            stage.chat(Generation::V4, &payload);
            return;
        }
        let stop = ended.stop_reason.as_deref().unwrap_or("stop");
        let mut data = json!({
            "phase": "finishing", "stopReason": stop, "aborted": false,
            "livenessState": "working", "endedAt": at,
        });
        if self.used_tools {
            data["replayInvalid"] = true.into();
        }
        self.lifecycle(stage, about, data);
        self.no_model(stage, about);
        let data = self.end_data(about, ended, stop);
        self.lifecycle(stage, about, data);
        let mut payload = self.chat(about, ChatState::Final);
        payload.stop_reason = Some(stop.to_owned());
        if !shown.is_empty() {
            payload.message = Some(super::text_message(shown, at, false));
        }
        stage.chat(Generation::V4, &payload);
    }

    fn end_data(&self, about: &About, ended: &Ended, stop: &str) -> Value {
        let receipt = super::receipt(about, ended);
        let mut data = json!({
            "stopReason": stop, "aborted": false, "livenessState": "working", "phase": "end",
            "endedAt": ended.ended_at_ms, "startedAt": self.started_at_ms,
            "terminalReply": super::reply(ended), "terminalReceipt": receipt,
            "executionSettled": true,
        });
        if !about.is_agent_call {
            data["replayInvalid"] = self.used_tools.into();
        }
        data
    }
}

fn tool_item(call: &ToolCall, phase: &str, status: &str) -> Value {
    let mut item = json!({
        "itemId": format!("tool:{}", call.id), "toolCallId": call.id, "name": call.name,
        "kind": "tool", "phase": phase, "title": title(call), "status": status,
    });
    if let Some(meta) = meta(call) {
        item["meta"] = meta.into();
    }
    if bears_command(call) {
        item["commandBearing"] = true.into();
    }
    item
}

fn command_item(call: &ToolCall, phase: &str, status: &str) -> Value {
    let meta = meta(call).unwrap_or_default();
    json!({
        "itemId": format!("command:{}", call.id), "phase": phase,
        "title": format!("command {meta}"), "toolCallId": call.id, "name": call.name,
        "status": status,
    })
}
