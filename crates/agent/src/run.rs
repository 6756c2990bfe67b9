//! Runs: a model, its tools, and the loop between them.
//!
//! A run asks the model, runs the tools that it calls, gives it their results, and asks again
//! until it has nothing more to call. Every step is written to a [`RunJournal`] before it is
//! taken, so that a run that was cut off by a crash goes on without doing anything twice.

mod compact;
mod engine;
mod event;
mod journal;
mod limits;
mod notes;
mod outcome;
mod spec;
mod steps;

#[cfg(test)]
pub(crate) mod testing;

pub use engine::run;
pub use event::{NoSink, RunEvent, RunSink};
pub use journal::{JournalError, NoJournal, RecordedStep, Recovered, RunJournal, Step, StepResult};
pub use limits::RunLimits;
pub use outcome::{Compacted, RunEnd, RunError, RunOutcome};
pub use spec::RunSpec;
