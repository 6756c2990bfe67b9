//! The loop.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::notes::Notes;
use super::{
    Compacted, RunEnd, RunError, RunEvent, RunJournal, RunOutcome, RunSink, RunSpec, Step,
};
use crate::message::history::unanswered;
use crate::message::{AssistantMessage, Message, ToolCall, ToolResultMessage};
use crate::model::{CallEnd, ModelError, ModelFault, ModelRef, ModelRequest, StopReason, Usage};
use crate::tool::{Attachment, ToolSpec};

/// Runs. It ends in time: by itself, by `cancel`, or by its limits.
///
/// Whatever happens, the messages of the outcome can be added to the conversation as they are.
pub async fn run(
    spec: RunSpec,
    sink: Arc<dyn RunSink>,
    journal: &dyn RunJournal,
    cancel: &CancellationToken,
) -> RunOutcome {
    sink.on(RunEvent::Started);
    let limit = spec.limits.timeout;
    let stop = cancel.child_token();
    let mut engine = Engine::new(spec, Arc::clone(&sink), journal, stop.clone());
    let mut timed_out = false;
    let end = {
        let mut work = Box::pin(engine.go());
        tokio::select! {
            end = &mut work => end,
            () = tokio::time::sleep(limit) => {
                timed_out = true;
                stop.cancel();
                work.await
            }
        }
    };
    let end = match end {
        RunEnd::Aborted if timed_out && !cancel.is_cancelled() => {
            RunEnd::Failed(RunError::Timeout(limit))
        }
        end => end,
    };
    sink.on(RunEvent::Ended(&end));
    engine.outcome(end)
}

pub(super) struct Engine<'r> {
    pub(super) spec: RunSpec,
    pub(super) sink: Arc<dyn RunSink>,
    pub(super) journal: &'r dyn RunJournal,
    pub(super) stop: CancellationToken,
    pub(super) tools: Vec<Arc<ToolSpec>>,
    /// What whoever asked is to do.
    client_calls: Vec<ToolCall>,
    /// The history and what the run added.
    pub(super) all: Vec<Message>,
    history_len: usize,
    pub(super) attachments: Vec<Attachment>,
    pub(super) seq: u64,
    pub(super) calls: u32,
    steps: u32,
    /// Which model of the chain is asked.
    pub(super) model: usize,
    answered: Option<ModelRef>,
    pub(super) usage: Usage,
    pub(super) context_tokens: u64,
    pub(super) failed: Vec<ModelError>,
    pub(super) compacted: Option<Compacted>,
}

impl<'r> Engine<'r> {
    fn new(
        mut spec: RunSpec,
        sink: Arc<dyn RunSink>,
        journal: &'r dyn RunJournal,
        stop: CancellationToken,
    ) -> Self {
        let mut all = std::mem::take(&mut spec.history);
        let history_len = all.len();
        all.append(&mut spec.recovered.messages);
        let mut tools = spec.tools.specs();
        let own: Vec<_> = spec
            .client_tools
            .iter()
            .filter(|one| spec.tools.find(&one.name).is_err())
            .cloned()
            .collect();
        tools.extend(own);
        Self {
            tools,
            client_calls: Vec::new(),
            attachments: std::mem::take(&mut spec.recovered.attachments),
            seq: spec.recovered.last_seq,
            spec,
            sink,
            journal,
            stop,
            all,
            history_len,
            calls: 0,
            steps: 0,
            model: 0,
            answered: None,
            usage: Usage::default(),
            context_tokens: 0,
            failed: Vec::new(),
            compacted: None,
        }
    }

    async fn go(&mut self) -> RunEnd {
        loop {
            // A run that goes on after a crash begins here, with whatever is left to do.
            let open = match self.all.len() > self.history_len {
                true => unanswered(&self.all),
                false => Vec::new(),
            };
            let (theirs, ours) = open.into_iter().partition(|call| self.is_theirs(call));
            if let Err(end) = self.make(ours).await {
                return end;
            }
            if self.hand_over(theirs) {
                return RunEnd::Completed {
                    stop: StopReason::ToolUse,
                };
            }
            if let Some(stop) = self.is_complete() {
                return RunEnd::Completed { stop };
            }
            if self.steps >= self.spec.limits.max_steps {
                return RunEnd::Failed(RunError::TooManySteps(self.steps));
            }
            self.steps += 1;
            if let Err(end) = self.ask().await {
                return end;
            }
        }
    }

    /// The last thing that this run did is an answer that calls nothing.
    fn is_complete(&self) -> Option<StopReason> {
        match self.all[self.history_len..].last() {
            Some(Message::Assistant(reply)) if reply.calls().next().is_none() => {
                Some(reply.stop_reason)
            }
            _ => None,
        }
    }

    /// A call that whoever asked makes.
    fn is_theirs(&self, call: &ToolCall) -> bool {
        let is_offered = self
            .spec
            .client_tools
            .iter()
            .any(|tool| tool.name == call.name);
        is_offered && self.spec.tools.find(&call.name).is_err()
    }

    /// Gives calls to whoever asked; says whether there were any.
    fn hand_over(&mut self, calls: Vec<ToolCall>) -> bool {
        for call in &calls {
            let mut told = ToolResultMessage::error(call, HANDED_OVER);
            told.is_error = false;
            self.all.push(Message::ToolResult(told));
        }
        self.client_calls = calls;
        !self.client_calls.is_empty()
    }

    /// Makes calls, one after another.
    async fn make(&mut self, calls: Vec<ToolCall>) -> Result<(), RunEnd> {
        for call in calls {
            if self.stop.is_cancelled() {
                return Err(self.aborted());
            }
            if self.calls >= self.spec.limits.max_calls {
                let end = RunEnd::Failed(RunError::TooManyCalls(self.calls));
                self.answer_rest("This call was not made: the run called too many tools.");
                return Err(end);
            }
            self.calls += 1;
            if let Err(error) = self.call_tool(call).await {
                self.answer_rest("This call was not made: the run failed.");
                return Err(RunEnd::Failed(error.into()));
            }
        }
        match self.stop.is_cancelled() {
            true => Err(self.aborted()),
            false => Ok(()),
        }
    }

    fn aborted(&mut self) -> RunEnd {
        self.answer_rest("This call was not made: the run was stopped.");
        RunEnd::Aborted
    }

    /// Answers the calls that will not be made, so that the conversation can go on.
    fn answer_rest(&mut self, why: &str) {
        for call in unanswered(&self.all) {
            self.all
                .push(Message::ToolResult(ToolResultMessage::error(&call, why)));
        }
    }

    async fn ask(&mut self) -> Result<(), RunEnd> {
        self.compact_if_full().await?;
        let mut may_compact = self.spec.compaction.is_some();
        loop {
            let request = self.request();
            let mut notes = Notes::new(self.sink.as_ref(), self.steps, self.usage);
            let asked = self.spec.models.call(
                &request,
                self.model,
                self.spec.may_replace_text,
                &mut notes,
                &self.stop,
            );
            let call = Box::pin(asked).await;
            self.model = call.model;
            self.failed.extend(call.failed);
            self.count(&call.message);
            match call.end {
                CallEnd::Answered => return self.keep(call.message).await,
                CallEnd::Cancelled => {
                    self.keep_partial(call.message);
                    return Err(RunEnd::Aborted);
                }
                CallEnd::Failed => {
                    let error = self.failed.last().cloned();
                    let is_full = error
                        .as_ref()
                        .is_some_and(|error| error.fault == ModelFault::ContextOverflow);
                    if is_full && std::mem::take(&mut may_compact) && self.compact_hard().await? {
                        continue;
                    }
                    self.keep_partial(call.message);
                    let error = error.unwrap_or_else(|| {
                        ModelError::new(self.spec.models.info(self.model), ModelFault::Broken, "")
                    });
                    return Err(RunEnd::Failed(RunError::Model(Box::new(error))));
                }
            }
        }
    }

    /// What the model is asked now.
    pub(super) fn request(&self) -> ModelRequest {
        ModelRequest {
            system: self.spec.system.clone(),
            messages: self.context(),
            tools: self.tools.clone(),
            max_tokens: self.spec.max_tokens,
            thinking: self.spec.thinking,
            cache_key: Some(self.spec.session_key.clone()),
        }
    }

    fn count(&mut self, message: &AssistantMessage) {
        self.usage.add(message.usage);
        if message.usage.context() > 0 {
            self.context_tokens = message.usage.context();
        }
    }

    async fn keep(&mut self, message: AssistantMessage) -> Result<(), RunEnd> {
        self.answered.clone_from(&message.model);
        self.seq += 1;
        let step = Step::Reply { message };
        let recorded = self.journal.begin(self.seq, &step).await;
        let Step::Reply { message } = step else {
            unreachable!("it was made a reply above");
        };
        self.all.push(Message::Assistant(message));
        if let Err(error) = recorded {
            self.answer_rest("This call was not made: the run failed.");
            return Err(RunEnd::Failed(error.into()));
        }
        Ok(())
    }

    /// What had arrived of an answer that broke off stays in the conversation if it says
    /// anything: the user saw it.
    fn keep_partial(&mut self, message: AssistantMessage) {
        if !message.text().trim().is_empty() {
            self.answered.clone_from(&message.model);
            self.all.push(Message::Assistant(message));
        }
    }

    fn outcome(mut self, end: RunEnd) -> RunOutcome {
        let messages = self.all.split_off(self.history_len);
        let last = messages.iter().rev().find_map(|message| match message {
            Message::Assistant(reply) => Some(reply),
            Message::User(_) | Message::ToolResult(_) => None,
        });
        RunOutcome {
            text: last.map(AssistantMessage::text).unwrap_or_default(),
            model: self
                .answered
                .or_else(|| last.and_then(|reply| reply.model.clone())),
            end,
            messages,
            client_calls: self.client_calls,
            attachments: self.attachments,
            usage: self.usage,
            context_tokens: self.context_tokens,
            failed: self.failed,
            compacted: self.compacted,
        }
    }
}

/// What stands in the conversation for the answer of a call that whoever asked makes.
const HANDED_OVER: &str = "This call was given to the program that asked. Its result, if there is \
one, comes with the next message.";

#[cfg(test)]
mod tests;
