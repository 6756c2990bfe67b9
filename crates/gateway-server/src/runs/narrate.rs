//! What clients are told of a run: the events `agent` and `chat`, in the dialect of each
//! generation.
//!
//! A run is told once, as [`RunEvent`]s; [`v3`] and [`v4`] make the events of their generation of
//! them, each with numbers of its own. Text that arrives in many small pieces is gathered for
//! [`GATHER`]: whole texts are sent with every event, so that a client that missed one is right
//! again with the next.

mod stage;
mod text;
mod tool_shape;
mod v3;
mod v4;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openclaw_agent::model::ModelRef;
use openclaw_agent::run::{RunEvent, RunSink};
use openclaw_protocol::Generation;
use openclaw_protocol::id::ConnId;
use openclaw_protocol::methods::chat::message::ChatMessage;
use serde_json::{Value, json};
use tokio::time::Instant;

pub(super) use stage::{BusStage, Stage};

use super::Ended;
use text::Spoken;

/// How long pieces of text are gathered for one event.
pub(super) const GATHER: Duration = Duration::from_millis(40);

/// What a run is, for those who are told of it.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) run_id: String,
    pub(super) session_key: String,
    pub(super) session_id: String,
    pub(super) agent_id: String,
    /// It was asked for with the method `agent`: that tells less.
    pub(super) is_agent_call: bool,
    pub(super) is_heartbeat: bool,
    pub(super) verbose: Verbose,
    /// The connection that asked: in protocol 3 it alone hears of tools.
    pub(super) asker: Option<ConnId>,
    /// The model that is wanted.
    pub(super) wanted: Option<ModelRef>,
}

/// How much of tools is shown in protocol 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verbose {
    /// Nothing.
    Off,
    /// That they are used.
    On,
    /// What they give, too.
    Full,
}

impl Verbose {
    /// The level of a word; unknown ones show nothing.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "on" => Self::On,
            "full" => Self::Full,
            _ => Self::Off,
        }
    }
}

/// Tells clients of one run.
pub(super) struct Narrator {
    stage: Arc<dyn Stage>,
    told: Mutex<Told>,
}

struct Told {
    about: About,
    spoken: Spoken,
    v3: v3::Teller,
    v4: v4::Teller,
    /// It was ended before its time: what comes after that is not told.
    is_aborted: bool,
    started_at_ms: Option<u64>,
}

impl Narrator {
    pub(super) fn new(about: About, stage: Arc<dyn Stage>) -> Self {
        Self {
            stage,
            told: Mutex::new(Told {
                about,
                spoken: Spoken::default(),
                v3: v3::Teller::default(),
                v4: v4::Teller::default(),
                is_aborted: false,
                started_at_ms: None,
            }),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the session by now.
    pub(super) fn know(&self, change: impl FnOnce(&mut About)) {
        change(&mut self.told().about);
    }

    /// The run has its turn: its context is put together now.
    pub(super) fn preparing(&self, now_ms: u64) {
        let mut told = self.told();
        let Told { about, v4, .. } = &mut *told;
        v4.preparing(&*self.stage, about, now_ms);
    }

    /// Tells what was gathered, if anything.
    pub(super) fn flush(&self) {
        self.told().flush(&*self.stage);
    }

    /// The run is ended before its time. Answers whether that is news.
    pub(super) fn abort(&self, reason: &str, now_ms: u64) -> bool {
        let mut told = self.told();
        if told.is_aborted {
            return false;
        }
        told.flush(&*self.stage);
        told.is_aborted = true;
        let started = told.started_at_ms.unwrap_or(now_ms);
        let shown = told.spoken.all();
        let Told { about, v3, v4, .. } = &mut *told;
        v3.aborted(&*self.stage, about, reason);
        v4.aborted(&*self.stage, about, reason, &shown, started, now_ms);
        true
    }

    /// The run has ended, and that is on disk.
    pub(super) fn ended(&self, ended: &Ended) {
        if let Some(reason) = ended.cut_short() {
            self.abort(reason, ended.ended_at_ms);
        }
        let mut told = self.told();
        told.flush(&*self.stage);
        let shown = told.spoken.all();
        let Told {
            about,
            v3,
            v4,
            is_aborted,
            ..
        } = &mut *told;
        if *is_aborted {
            v4.settled(&*self.stage, about, ended);
            return;
        }
        v3.ended(&*self.stage, about, ended);
        v4.ended(&*self.stage, about, ended, &shown);
    }

    /// All that was said so far, when it began, and the number of the last event.
    pub(super) fn so_far(&self, generation: Generation) -> (String, Option<u64>, u64) {
        let told = self.told();
        let seq = match generation {
            Generation::V3 => told.v3.seq(),
            Generation::V4 => told.v4.seq(),
        };
        (told.spoken.all(), told.started_at_ms, seq)
    }
}

impl Told {
    fn flush(&mut self, stage: &dyn Stage) {
        if self.is_aborted {
            return;
        }
        let Some(piece) = self.spoken.take() else {
            return;
        };
        self.v3.text(stage, &self.about, &piece);
        self.v4.text(stage, &self.about, &piece);
    }
}

impl RunSink for Narrator {
    fn on(&self, event: RunEvent<'_>) {
        let mut told = self.told();
        if told.is_aborted {
            return;
        }
        if let RunEvent::Text {
            answer,
            text,
            delta,
            replace,
        } = event
        {
            told.spoken.hear(answer, text, delta, replace);
            if told.spoken.is_due(Instant::now()) {
                told.flush(&*self.stage);
            }
            return;
        }
        told.flush(&*self.stage);
        let now_ms = crate::clock::now_ms();
        let Told {
            about,
            v3,
            v4,
            started_at_ms,
            ..
        } = &mut *told;
        if let RunEvent::Started = event {
            started_at_ms.get_or_insert(now_ms);
        }
        v3.on(&*self.stage, about, &event, now_ms);
        v4.on(&*self.stage, about, &event, now_ms);
    }
}

impl std::fmt::Debug for Narrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Narrator").finish_non_exhaustive()
    }
}

/// A message of the assistant; `injected` if no model said it.
fn text_message(text: &str, at_ms: u64, injected: bool) -> ChatMessage {
    let mut message = ChatMessage::text("assistant", text, at_ms);
    if injected {
        message.stop_reason = Some("injected".to_owned());
    }
    message
}

/// What a run of protocol 4 came to, in short.
fn reply(ended: &Ended) -> Value {
    match ended.text.as_str() {
        "" => json!({ "disposition": "silent" }),
        text => json!({ "disposition": "visible", "text": text }),
    }
}

/// Who answered in a run of protocol 4, and with what.
fn receipt(about: &About, ended: &Ended) -> Value {
    let model = |model: Option<(&str, &str)>| match model {
        Some((provider, model)) => json!({ "provider": provider, "model": model }),
        None => json!({}),
    };
    let wanted = about.wanted.as_ref();
    let answered = ended.provider.as_deref().zip(ended.model.as_deref());
    let mut effective = model(answered);
    if let Some((_, id)) = answered {
        effective["responseModel"] = id.into();
    }
    let was = wanted.map(|model| (model.provider.as_str(), model.model.as_str()));
    json!({
        "runId": ended.run_id, "sessionId": ended.session_id, "turnId": ended.run_id,
        "requested": model(was), "effective": effective,
        "successfulToolNames": ended.tools, "rerouted": was != answered && answered.is_some(),
        "terminalDisposition": if ended.text.is_empty() { "silent" } else { "visible" },
    })
}

/// The members of protocol 4 that `agent.wait` answers beside the others.
pub(crate) fn wait_members(ended: &Ended, wanted: Option<ModelRef>) -> (Value, Value) {
    let about = About {
        run_id: ended.run_id.clone(),
        session_key: ended.session_key.clone(),
        session_id: ended.session_id.clone(),
        agent_id: String::new(),
        is_agent_call: true,
        is_heartbeat: false,
        verbose: Verbose::Off,
        asker: None,
        wanted,
    };
    (receipt(&about, ended), reply(ended))
}
