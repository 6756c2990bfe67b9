//! Asking one model after another until one answers.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::{
    Model, ModelError, ModelEvent, ModelFault, ModelInfo, ModelRef, ModelRequest, Reply,
    RetryPolicy, StopReason,
};
use crate::message::AssistantMessage;

/// Models in the order in which they are asked: the one that is wanted, then those that stand
/// in for it. Never empty.
#[derive(Debug, Clone)]
pub struct ModelChain {
    models: Vec<Arc<dyn Model>>,
    retry: RetryPolicy,
}

/// What happens while models are asked.
#[derive(Debug)]
pub enum CallNote<'n> {
    /// This model is asked now.
    Asking(&'n ModelRef),
    /// A piece of its answer.
    Event(&'n ModelEvent),
    /// It failed, and is asked again after the wait.
    Retrying {
        /// Which try comes next, from 2.
        attempt: u32,
        /// How many tries there are at most.
        attempts: u32,
        /// How long is waited before it.
        wait: Duration,
        /// Why.
        error: &'n ModelError,
    },
    /// It failed for good; the next is asked.
    FallingBack {
        /// Who failed.
        error: &'n ModelError,
        /// Who is asked next.
        to: &'n ModelRef,
    },
    /// The pieces so far count no more: the answer begins anew.
    Restart,
}

/// Hears what happens while models are asked.
pub trait CallSink: Send {
    /// It happened.
    fn on(&mut self, note: CallNote<'_>);
}

/// How asking ended.
#[derive(Debug)]
pub struct Call {
    /// Which model of the chain was asked last, from 0. Later calls of one run begin with it.
    pub model: usize,
    /// Everything that failed on the way, in its order.
    pub failed: Vec<ModelError>,
    /// The answer; where asking failed or was stopped, what had arrived of it, without calls.
    pub message: AssistantMessage,
    /// How it ended.
    pub end: CallEnd,
}

/// How asking ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// The answer is complete.
    Answered,
    /// Nobody answered; the last of [`Call::failed`] says why.
    Failed,
    /// The call was taken back.
    Cancelled,
}

impl ModelChain {
    /// A chain that begins with a model.
    pub fn new(first: Arc<dyn Model>) -> Self {
        Self {
            models: vec![first],
            retry: RetryPolicy::default(),
        }
    }

    /// The same with one more to stand in. One that is there already is not added.
    #[must_use]
    pub fn or(mut self, next: Arc<dyn Model>) -> Self {
        if !self
            .models
            .iter()
            .any(|one| one.info().reference == next.info().reference)
        {
            self.models.push(next);
        }
        self
    }

    /// The same with other rules about trying again.
    #[must_use]
    pub const fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// What is known of a model of the chain; of the last one for a number beyond it.
    pub fn info(&self, at: usize) -> &ModelInfo {
        self.models[at.min(self.models.len() - 1)].info()
    }

    /// Asks, beginning with model number `from`.
    ///
    /// A try that failed before any text arrived is made again; after that only if
    /// `may_restart`, with a [`CallNote::Restart`] before it. Calls of tools never run before an
    /// answer is complete, so a try that broke off has changed nothing.
    pub async fn call(
        &self,
        request: &ModelRequest,
        from: usize,
        may_restart: bool,
        sink: &mut dyn CallSink,
        cancel: &CancellationToken,
    ) -> Call {
        let mut failed = Vec::new();
        let mut at = from.min(self.models.len() - 1);
        let mut tried = 0;
        loop {
            let model = &self.models[at];
            let reference = &model.info().reference;
            sink.on(CallNote::Asking(reference));
            tried += 1;
            let mut reply = Reply::default();
            let error = tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    return end(at, failed, reply, reference, CallEnd::Cancelled);
                }
                asked = ask(model.as_ref(), request, &mut reply, sink) => match asked {
                    Ok(()) => return end(at, failed, reply, reference, CallEnd::Answered),
                    Err(error) => error,
                },
            };
            tracing::debug!(
                target: "openclaw::model", model = %reference, code = error.fault.code(), tried,
                "a model failed"
            );
            let was_heard = reply.has_text();
            let wait = (error.fault.is_passing() && (may_restart || !was_heard))
                .then(|| {
                    self.retry
                        .wait(tried, error.fault.retry_after(), rand::random())
                })
                .flatten();
            if let Some(wait) = wait {
                let (attempt, attempts) = (tried + 1, self.retry.attempts);
                sink.on(CallNote::Retrying {
                    attempt,
                    attempts,
                    wait,
                    error: &error,
                });
                failed.push(error);
                let stopped = tokio::select! {
                    biased;
                    () = cancel.cancelled() => true,
                    () = tokio::time::sleep(wait) => false,
                };
                if stopped {
                    return end(at, failed, reply, reference, CallEnd::Cancelled);
                }
            } else {
                let next = (may_restart || !was_heard)
                    .then(|| self.next(at, &error.fault))
                    .flatten();
                let Some(next) = next else {
                    failed.push(error);
                    return end(at, failed, reply, reference, CallEnd::Failed);
                };
                let to = &self.models[next].info().reference;
                sink.on(CallNote::FallingBack { error: &error, to });
                failed.push(error);
                (at, tried) = (next, 0);
            }
            if was_heard {
                sink.on(CallNote::Restart);
            }
        }
    }

    /// Who stands in for a model that failed so.
    fn next(&self, at: usize, fault: &ModelFault) -> Option<usize> {
        let window = self.models[at].info().spec.context_window;
        let mut rest = at + 1..self.models.len();
        match fault {
            ModelFault::TooLarge { .. } | ModelFault::CutCall => None,
            ModelFault::ContextOverflow => {
                rest.find(|&one| self.models[one].info().spec.context_window > window)
            }
            _ => rest.next(),
        }
    }
}

async fn ask(
    model: &dyn Model,
    request: &ModelRequest,
    reply: &mut Reply,
    sink: &mut dyn CallSink,
) -> Result<(), ModelError> {
    let mut events = model.ask(request).await?;
    while let Some(event) = events.next().await {
        let event = event?;
        reply.on(&event);
        sink.on(CallNote::Event(&event));
        if reply.is_complete() {
            return Ok(());
        }
    }
    Err(ModelError::new(
        model.info(),
        ModelFault::Broken,
        "the answer has no end",
    ))
}

fn end(at: usize, failed: Vec<ModelError>, reply: Reply, model: &ModelRef, end: CallEnd) -> Call {
    let why = match end {
        CallEnd::Cancelled => StopReason::Aborted,
        CallEnd::Answered | CallEnd::Failed => StopReason::Error,
    };
    Call {
        model: at,
        failed,
        message: reply.finish(model, why),
        end,
    }
}

#[cfg(test)]
mod tests;
