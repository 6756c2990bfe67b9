//! The end of a run: what is kept, what is sent, all at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use openclaw_agent::lanes::Turn;
use openclaw_agent::message::Message;
use openclaw_agent::model::StopReason as ModelStop;
use openclaw_agent::prompt::{HEARTBEAT_OK, SILENT_REPLY};
use openclaw_agent::run::{RunEnd, RunError, RunOutcome};
use openclaw_store::{NewEntry, RunEnd as StoreEnd, StoreError};
use serde_json::value::to_raw_value;

use super::command::Answer;
use super::delivery::deliveries;
use super::drive::{entry_id, is_reply};
use super::live::Live;
use super::session::Session;
use super::setup::Setup;
use super::transcript::{self, History};
use super::{EndKind, Ended, EndedUsage, Heartbeat, RunAsk};
use crate::clock::now_ms;
use crate::conversations::watch;
use crate::core::Core;

/// A run that has come to its end, and all that comes of it.
pub(super) struct Finished {
    ended: Ended,
    ask: RunAsk,
    session: Option<Session>,
    entries: Vec<NewEntry>,
    /// Held until the end is on disk.
    pub(super) turn: Option<Turn>,
}

/// What became of a conversation with the model.
pub(super) struct Ran {
    pub(super) outcome: RunOutcome,
    pub(super) history: History,
    /// The question, where it does not stand in the transcript yet.
    pub(super) question: Option<NewEntry>,
    pub(super) setup: Arc<Setup>,
    pub(super) started_at_ms: u64,
}

impl Finished {
    fn blank(live: &Live, ask: &RunAsk, kind: EndKind) -> Ended {
        let now = now_ms();
        Ended {
            run_id: live.run_id.clone(),
            session_key: ask.session_key.clone(),
            session_id: String::new(),
            kind,
            text: String::new(),
            attachments: Vec::new(),
            error: None,
            error_kind: None,
            stop_reason: None,
            provider: None,
            model: None,
            usage: EndedUsage::default(),
            tools: Vec::new(),
            client_calls: Vec::new(),
            is_command: false,
            details: None,
            started_at_ms: now,
            ended_at_ms: now,
        }
    }

    const fn bare(ended: Ended, ask: RunAsk) -> Self {
        Self {
            ended,
            ask,
            session: None,
            entries: Vec::new(),
            turn: None,
        }
    }

    /// Somebody stopped it while it waited for its turn.
    pub(super) fn stopped_early(live: &Live, ask: RunAsk) -> Self {
        let mut ended = Self::blank(live, &ask, EndKind::Aborted);
        ended.stop_reason = live.reason().map(|reason| reason.as_str().to_owned());
        Self::bare(ended, ask)
    }

    /// It could not be done at all.
    pub(super) fn failed(live: &Live, ask: RunAsk, error: &StoreError) -> Self {
        tracing::error!(run = live.run_id, %error, "a run failed");
        let mut ended = Self::blank(live, &ask, EndKind::Error);
        ended.error = Some(format!("The Gateway cannot use its state: {error}"));
        ended.error_kind = Some("state".to_owned());
        Self::bare(ended, ask)
    }

    /// A command of the Gateway has answered.
    pub(super) fn command(
        live: &Live,
        ask: RunAsk,
        mut session: Session,
        answer: Answer,
        started_at_ms: u64,
    ) -> Self {
        let mut ended = Self::blank(live, &ask, EndKind::Ok);
        ended.session_id.clone_from(&session.id);
        ended.is_command = true;
        ended.started_at_ms = started_at_ms;
        ended.stop_reason = Some("injected".to_owned());
        ended.text = answer.text;
        ended.attachments = answer.attachments;
        ended.details = answer.details;
        session.begins(&ask, started_at_ms);
        let bodies = [
            transcript::command(&ask.text, started_at_ms),
            transcript::injected(&ended.text, ended.ended_at_ms),
        ];
        let entries = bodies.iter().enumerate().filter_map(|(at, body)| {
            transcript::entry(
                entry_id(&live.run_id, at),
                &live.run_id,
                ended.ended_at_ms,
                body,
            )
        });
        let entries = entries.collect();
        Self {
            ended,
            ask,
            session: Some(session),
            entries,
            turn: None,
        }
    }

    /// The model has answered, or failed.
    pub(super) fn run(live: &Live, ask: RunAsk, mut session: Session, ran: Ran) -> Self {
        let Ran {
            outcome,
            history,
            question,
            setup,
            started_at_ms,
        } = ran;
        let kind = kind(&outcome.end);
        let mut ended = Self::blank(live, &ask, kind);
        ended.session_id.clone_from(&session.id);
        ended.started_at_ms = started_at_ms;
        ended.text = said(&outcome);
        ended.attachments.clone_from(&outcome.attachments);
        ended.usage = EndedUsage {
            input: outcome.usage.input,
            output: outcome.usage.output,
            cache_read: outcome.usage.cache_read,
            cache_write: outcome.usage.cache_write,
            context: outcome.context_tokens,
        };
        ended.tools = tools_used(&outcome.messages);
        ended.client_calls.clone_from(&outcome.client_calls);
        if let Some(model) = &outcome.model {
            ended.provider = Some(model.provider.clone());
            ended.model = Some(model.model.clone());
        }
        match &outcome.end {
            RunEnd::Completed { stop } => ended.stop_reason = Some(stop_word(*stop).to_owned()),
            RunEnd::Aborted => {
                ended.stop_reason = live.reason().map(|reason| reason.as_str().to_owned());
            }
            RunEnd::Failed(error) => {
                ended.error = Some(error.to_string());
                ended.error_kind = Some(error_word(error).to_owned());
            }
            _ => {}
        }
        let api = |reference: &openclaw_agent::model::ModelRef| {
            let model = setup.catalog.find(reference)?;
            Some(model.info().api.as_str())
        };
        let mut entries: Vec<NewEntry> = question.into_iter().collect();
        let at_ms = ended.ended_at_ms;
        for (at, message) in outcome.messages.iter().enumerate() {
            let api = match message {
                Message::Assistant(said) if is_reply(message) => said.model.as_ref().and_then(api),
                _ => None,
            };
            let body = transcript::body(message, at_ms, api);
            entries.extend(transcript::entry(
                entry_id(&live.run_id, at),
                &live.run_id,
                at_ms,
                &body,
            ));
        }
        if let Some(compacted) = &outcome.compacted {
            let first = first_kept(&history, &live.run_id, compacted.replaced);
            let body = transcript::summary(
                &compacted.summary,
                first.as_deref(),
                compacted.tokens_before,
                at_ms,
            );
            let id = format!("{}:summary", live.run_id);
            entries.extend(transcript::entry(id, &live.run_id, at_ms, &body));
        }
        if let Some(heartbeat) = ask.heartbeat
            && is_nothing(&ended, heartbeat)
        {
            ended.text.clear();
            entries.clear();
        }
        let window = outcome
            .model
            .as_ref()
            .and_then(|model| setup.catalog.find(model))
            .map_or(0, |model| model.info().spec.context_window);
        session.ends(
            outcome.model.as_ref(),
            &outcome.usage,
            outcome.context_tokens,
            window,
            kind == EndKind::Aborted,
        );
        Self {
            ended,
            ask,
            session: Some(session),
            entries,
            turn: None,
        }
    }
}

/// The entry from which on a conversation is kept that was summed up.
fn first_kept(history: &History, run_id: &str, replaced: usize) -> Option<String> {
    match replaced.checked_sub(history.entries.len()) {
        None => history.entries[replaced..].iter().flatten().next().cloned(),
        Some(own) => Some(entry_id(run_id, own)),
    }
}

const fn kind(end: &RunEnd) -> EndKind {
    match end {
        RunEnd::Completed { .. } => EndKind::Ok,
        RunEnd::Aborted => EndKind::Aborted,
        RunEnd::Failed(RunError::Timeout(_)) => EndKind::Timeout,
        _ => EndKind::Error,
    }
}

/// The reply; nothing if the agent says that nothing needs to be said.
fn said(outcome: &RunOutcome) -> String {
    let text = outcome.text.trim();
    match text.strip_suffix(SILENT_REPLY) {
        Some(rest) if rest.trim().is_empty() => String::new(),
        Some(rest) if rest.ends_with(char::is_whitespace) => rest.trim().to_owned(),
        _ => text.to_owned(),
    }
}

/// A heartbeat found nothing to do.
fn is_nothing(ended: &Ended, heartbeat: Heartbeat) -> bool {
    if ended.kind != EndKind::Ok || !ended.attachments.is_empty() {
        return false;
    }
    let text = ended.text.trim().trim_matches(['*', '_', '`', '"']);
    let rest = text
        .strip_prefix(HEARTBEAT_OK)
        .or_else(|| text.strip_suffix(HEARTBEAT_OK));
    match rest {
        Some(rest) => rest.trim().chars().count() <= heartbeat.ack_max_chars,
        None => text.is_empty(),
    }
}

/// The tools that gave something, sorted.
fn tools_used(messages: &[Message]) -> Vec<String> {
    let used: BTreeSet<&str> = messages
        .iter()
        .filter_map(|message| match message {
            Message::ToolResult(result) if !result.is_error => Some(result.tool_name.as_str()),
            _ => None,
        })
        .collect();
    used.into_iter().map(str::to_owned).collect()
}

const fn stop_word(stop: ModelStop) -> &'static str {
    match stop {
        ModelStop::Stop => "stop",
        ModelStop::ToolUse => "toolUse",
        ModelStop::Length => "length",
        ModelStop::Refusal => "refusal",
        ModelStop::Aborted => "aborted",
        ModelStop::Error => "error",
    }
}

const fn error_word(error: &RunError) -> &'static str {
    match error {
        RunError::Model(error) => error.fault.code(),
        RunError::TooManySteps(_) => "too_many_steps",
        RunError::TooManyCalls(_) => "too_many_calls",
        RunError::Timeout(_) => "timeout",
        RunError::Journal(_) => "state",
        _ => "failed",
    }
}

/// Puts the end on disk: outcome, transcript, session, what is to be sent, the updates that it
/// answers. What cannot be kept is told all the same, as a failure.
pub(super) async fn end(core: &Core, finished: Finished) -> Ended {
    let Finished {
        mut ended,
        ask,
        session,
        entries,
        turn,
    } = finished;
    let written = write(core, &ended, &ask, session, entries).await;
    drop(turn);
    if let Err(error) = written {
        tracing::error!(run = ended.run_id, %error, "the end of a run is not kept");
        ended.kind = EndKind::Error;
        ended.error = Some(format!("The Gateway cannot keep this reply: {error}"));
        ended.error_kind = Some("state".to_owned());
    }
    ended
}

async fn write(
    core: &Core,
    ended: &Ended,
    ask: &RunAsk,
    session: Option<Session>,
    entries: Vec<NewEntry>,
) -> Result<(), StoreError> {
    let session_id = session.as_ref().map(|session| session.id.clone());
    let added: Vec<String> = entries.iter().map(|entry| entry.entry_id.clone()).collect();
    let held = core.conversations.lock(&ask.session_key).await;
    // A session that was begun anew meanwhile stays so: this run belongs to the one before.
    let standing = core.home.session(&ask.session_key).await?;
    let is_same = standing
        .as_ref()
        .is_none_or(|standing| Some(&standing.session_id) == session_id.as_ref());
    let session = session.filter(|_| is_same).and_then(|mut session| {
        if let Some(standing) = standing {
            session.keep_settings_of(standing);
        }
        session.record(ended.ended_at_ms)
    });
    let outcome = to_raw_value(ended).unwrap_or_else(|_| core.empty_object().to_owned());
    let end = StoreEnd {
        at_ms: ended.ended_at_ms,
        outcome,
        session,
        entries: session_id
            .filter(|_| !entries.is_empty())
            .map(|id| (id, entries)),
        deliveries: deliveries(ended, ask.delivery.as_ref()),
    };
    core.home.end_run(&ended.run_id, end).await?;
    core.channels.outbox.notify_one();
    drop(held);
    watch::said(core, &ask.session_key, &added).await;
    watch::run_phase(core, &ask.session_key, &ended.run_id, "end").await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(text: &str) -> Ended {
        Ended {
            run_id: "r".into(),
            session_key: "k".into(),
            session_id: "s".into(),
            kind: EndKind::Ok,
            text: text.into(),
            attachments: vec![],
            error: None,
            error_kind: None,
            stop_reason: None,
            provider: None,
            model: None,
            usage: EndedUsage::default(),
            tools: vec![],
            client_calls: vec![],
            is_command: false,
            details: None,
            started_at_ms: 1,
            ended_at_ms: 2,
        }
    }

    #[test]
    fn a_heartbeat_without_news_is_none() {
        let quiet = Heartbeat { ack_max_chars: 5 };
        for text in [
            "HEARTBEAT_OK",
            "**HEARTBEAT_OK**",
            "HEARTBEAT_OK fine",
            "ok HEARTBEAT_OK",
            "",
        ] {
            assert!(is_nothing(&ended(text), quiet), "{text}");
        }
        for text in ["The house is on fire", "HEARTBEAT_OK but look at this"] {
            assert!(!is_nothing(&ended(text), quiet), "{text}");
        }
        let mut failed = ended("");
        failed.kind = EndKind::Error;
        assert!(!is_nothing(&failed, quiet));
    }

    #[test]
    fn what_was_summed_up_is_found_again() {
        let history = History {
            messages: vec![],
            entries: vec![None, Some("a".into()), Some("b".into())],
        };
        assert_eq!(first_kept(&history, "r", 0).as_deref(), Some("a"));
        assert_eq!(first_kept(&history, "r", 2).as_deref(), Some("b"));
        assert_eq!(first_kept(&history, "r", 4).as_deref(), Some("r:1"));
    }
}
