//! What happens in a run, for those who watch.

use std::time::Duration;

use super::{Compacted, RunEnd};
use crate::message::{ToolCall, ToolResultMessage};
use crate::model::{ModelError, ModelRef, Usage};
use crate::tool::ToolOutput;

/// What happens in a run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunEvent<'e> {
    /// It begins.
    Started,
    /// This model is asked.
    Asking {
        /// The model.
        model: &'e ModelRef,
    },
    /// The model says something.
    Text {
        /// Which answer of the run, from 1.
        answer: u32,
        /// All that it said in this answer.
        text: &'e str,
        /// What of it is new.
        delta: &'e str,
        /// What was shown of this answer before counts no more.
        replace: bool,
    },
    /// The model thinks.
    Thinking {
        /// All that it thought in this answer.
        text: &'e str,
        /// What of it is new.
        delta: &'e str,
    },
    /// A tool is called.
    ToolStarted {
        /// The call.
        call: &'e ToolCall,
    },
    /// A tool tells what it has so far.
    ToolUpdate {
        /// The call.
        call: &'e ToolCall,
        /// What it has.
        output: &'e ToolOutput,
    },
    /// A tool has answered, or failed.
    ToolEnded {
        /// The call.
        call: &'e ToolCall,
        /// What the model is told.
        result: &'e ToolResultMessage,
        /// How long it took.
        took: Duration,
    },
    /// The model failed and is asked again.
    Retrying {
        /// Which try comes next, from 2.
        attempt: u32,
        /// How many there are at most.
        attempts: u32,
        /// How long is waited.
        wait: Duration,
        /// Why.
        error: &'e ModelError,
    },
    /// Another model is asked.
    FallingBack {
        /// Who failed.
        error: &'e ModelError,
        /// Who is asked next.
        to: &'e ModelRef,
    },
    /// What the run has cost so far.
    Usage(Usage),
    /// The conversation is being summed up.
    Compacting,
    /// It was summed up.
    Compacted(&'e Compacted),
    /// The run has ended. Nothing follows.
    Ended(&'e RunEnd),
}

/// Watches a run. It must not block: the run waits for it.
pub trait RunSink: Send + Sync {
    /// It happened.
    fn on(&self, event: RunEvent<'_>);
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSink;

impl RunSink for NoSink {
    fn on(&self, _: RunEvent<'_>) {}
}
